// Package web holds the files of the sandbox's page.
package web

import "embed"

// Files are templates, style and script.
//
//go:embed *.html *.css *.js
var Files embed.FS
