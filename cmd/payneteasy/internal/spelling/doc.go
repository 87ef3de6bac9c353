// Package spelling compares names as people write them: of parameters, columns and settings.
package spelling
