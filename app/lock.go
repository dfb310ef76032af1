package app

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"fanfare/fault"
)

// lockData makes this process the only one that serves from a data folder: a
// SQLite file has one owner of its jobs. The kernel drops the lock with the
// process, however it ends.
func lockData(data string) (release func(), err error) {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, unusable(data, err)
	}
	path := filepath.Join(data, "lock")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, unusable(path, err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		_ = file.Close()
		return nil, fault.New(fault.Conflict, "", "Another fanfare serves from "+data+" already. Stop it first, or give this one a folder of its own with --data.")
	}
	if err != nil {
		_ = file.Close()
		return nil, unusable(path, err)
	}
	return func() { _ = file.Close() }, nil
}
