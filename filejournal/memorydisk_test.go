package filejournal

import (
	"bytes"
	"errors"
	"io"
	"sync"
)

// memoryDisk is a disk that loses all unsynced data in a crash.
type memoryDisk struct {
	mu      sync.Mutex
	content map[string][]byte // as programs see it
	durable map[string][]byte // as it is after a power cut
	syncs   int
	room    int           // bytes left, if positive
	failing error         // the error of Sync
	cut     error         // the error of Truncate
	gate    chan struct{} // a write receives from it twice, at its beginning and before its end
}

func newMemoryDisk() *memoryDisk {
	return &memoryDisk{content: map[string][]byte{}, durable: map[string][]byte{}}
}

// crash simulates a power cut.
func (d *memoryDisk) crash() *memoryDisk {
	d.mu.Lock()
	defer d.mu.Unlock()
	after := newMemoryDisk()
	for path, content := range d.durable {
		after.content[path], after.durable[path] = bytes.Clone(content), bytes.Clone(content)
	}
	return after
}

func (d *memoryDisk) resolve(path string) (string, error) { return path, nil }

func (d *memoryDisk) lock(string) (unlock, handover func() error, err error) {
	nothing := func() error { return nil }
	return nothing, nothing, nil
}

func (d *memoryDisk) read(path string) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(bytes.Clone(d.content[path]))), nil
}

func (d *memoryDisk) replace(path string, write func(io.Writer) error) error {
	var content bytes.Buffer
	if err := write(&content); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.content[path], d.durable[path] = bytes.Clone(content.Bytes()), bytes.Clone(content.Bytes())
	return nil
}

func (d *memoryDisk) open(path string, _, size int64) (diskFile, error) {
	d.content[path] = d.content[path][:size]
	d.durable[path] = bytes.Clone(d.content[path])
	return &memoryFile{disk: d, path: path}, nil
}

type memoryFile struct {
	disk *memoryDisk
	path string
}

func (f *memoryFile) Write(data []byte) (int, error) {
	d := f.disk
	if d.gate != nil {
		<-d.gate
		<-d.gate
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.room > 0 && len(data) > d.room {
		d.content[f.path] = append(d.content[f.path], data[:d.room]...)
		return d.room, errors.New("no space left on device")
	}
	d.content[f.path] = append(d.content[f.path], data...)
	return len(data), nil
}

func (f *memoryFile) Sync() error {
	d := f.disk
	d.mu.Lock()
	defer d.mu.Unlock()
	d.syncs++
	if d.failing != nil {
		return d.failing
	}
	d.durable[f.path] = bytes.Clone(d.content[f.path])
	return nil
}

func (f *memoryFile) Truncate(size int64) error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if f.disk.cut != nil {
		return f.disk.cut
	}
	f.disk.content[f.path] = f.disk.content[f.path][:size]
	return nil
}

func (f *memoryFile) Close() error { return nil }
