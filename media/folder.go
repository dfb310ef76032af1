package media

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// folder is a Store on the local disk: ab/cdef… for a hash that begins with ab.
type folder string

func (f folder) path(hash string) string { return filepath.Join(string(f), hash[:2], hash[2:]) }

// Put implements Store: the file appears whole or not at all.
func (f folder) Put(_ context.Context, hash string, content io.Reader, _ int64, _ string) error {
	path := f.path(hash)
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return unavailable(err)
	}
	file, err := os.CreateTemp(dir, ".put-")
	if err != nil {
		return unavailable(err)
	}
	defer os.Remove(file.Name()) // nothing is there any more when all went well
	_, err = io.Copy(file, content)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return unavailable(err)
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return unavailable(err)
	}
	return errors.Join(syncFolder(dir), syncFolder(string(f)))
}

// syncFolder makes what was moved in a folder survive a power cut.
func syncFolder(dir string) error {
	file, err := os.Open(dir)
	if err != nil {
		return unavailable(err)
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return unavailable(err)
	}
	return nil
}

// Open implements Store.
func (f folder) Open(_ context.Context, hash string) (io.ReadCloser, error) {
	file, err := os.Open(f.path(hash))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, missing(err)
	case err != nil:
		return nil, unavailable(err)
	}
	return file, nil
}

// Delete implements Store.
func (f folder) Delete(_ context.Context, hash string) error {
	if err := os.Remove(f.path(hash)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unavailable(err)
	}
	return nil
}

// Check implements Store. A folder that is not there yet is made by the first
// image, if the nearest one above it can be written.
func (f folder) Check(context.Context) error {
	const mayWrite = 2 | 1 // W_OK and X_OK of access(2)
	dir := string(f)
	for _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) && dir != filepath.Dir(dir); _, err = os.Stat(dir) {
		dir = filepath.Dir(dir)
	}
	if err := syscall.Access(dir, mayWrite); err != nil {
		return unavailable(&os.PathError{Op: "write", Path: dir, Err: err})
	}
	return nil
}

// String implements Store.
func (f folder) String() string { return string(f) }
