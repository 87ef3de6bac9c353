// Package spelling compares the names of parameters, columns and settings as people write them.
package spelling
