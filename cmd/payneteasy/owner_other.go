//go:build !unix

package main

import "io/fs"

func ownedByUser(fs.FileInfo) bool { return true }
