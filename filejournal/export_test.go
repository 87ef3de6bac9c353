package filejournal

// OpenSyncing is like Open, and calls hook before and after each fsync of a line.
func OpenSyncing(path string, hook func(when string)) (*Journal, error) {
	return open(path, hookedDisk{hook: hook})
}

type hookedDisk struct {
	osDisk
	hook func(when string)
}

func (d hookedDisk) open(path string, is, size int64) (diskFile, error) {
	file, err := d.osDisk.open(path, is, size)
	return hookedFile{file, d.hook}, err
}

type hookedFile struct {
	diskFile
	hook func(when string)
}

func (f hookedFile) Sync() error {
	f.hook("before fsync")
	err := f.diskFile.Sync()
	f.hook("after fsync")
	return err
}
