package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"fanfare/fault"
	"fanfare/storage"
)

// BackupCommand is `fanfare backup FILE`.
type BackupCommand struct {
	File string `arg:"" help:"File to write (.tar.gz). It holds everything secret too, readable by you alone: keep it so." type:"path"`
}

// Run implements the command.
func (b *BackupCommand) Run(ctx context.Context, config *Config) error {
	size, err := backup(ctx, *config, b.File)
	if err != nil {
		return err
	}
	if secretFromEnvironment() != "" {
		fmt.Fprintln(os.Stderr, "The secret key comes from FANFARE_SECRET_KEY and is not in the backup: keep it elsewhere. Without it the backup is of no use.")
	}
	_, err = fmt.Printf("%s  %d bytes\n", b.File, size)
	return err
}

// backup writes database and key file, as they are at one instant, and the
// images of the data folder into a file that appears whole or not at all. It may run while others serve.
func backup(ctx context.Context, config Config, file string) (size int64, err error) {
	config, err = config.withDefaults()
	if err != nil {
		return 0, err
	}
	path, ok := storage.SQLitePath(config.Database)
	if !ok {
		return 0, fault.New(fault.Invalid, "", "PostgreSQL has its own tool, which knows it better: pg_dump --format=custom --file=FILE \"$FANFARE_DATABASE\". Keep the secret key with it.")
	}
	if _, err := os.Stat(path); err != nil { // opening would make an empty one
		return 0, unusable(path, err)
	}
	// Beside the file, so that it can be moved into place; the folder is ours
	// alone, for the copy is not yet readable by its owner only.
	dir, err := os.MkdirTemp(filepath.Dir(file), ".fanfare-backup-")
	if err != nil {
		return 0, unusable(filepath.Dir(file), err)
	}
	defer os.RemoveAll(dir)
	m := manifest{Version: Version, Dialect: storage.SQLite, CreatedAt: config.Clock.Now()}
	if err := copyKey(config.Data, dir); err != nil {
		return 0, err
	}
	if err := copyDatabase(ctx, config, filepath.Join(dir, databaseEntry)); err != nil {
		return 0, err
	}
	packed := filepath.Join(dir, "packed")
	// After the database: an image is stored before the row that tells of it.
	images := mediaFolder(config)
	if size, err = packInto(packed, m, dir, images); err != nil {
		return 0, unusable(file, err)
	}
	if err := os.Rename(packed, file); err != nil {
		return 0, unusable(file, err)
	}
	return size, syncFolder(filepath.Dir(file))
}

func copyDatabase(ctx context.Context, config Config, path string) error {
	db, err := storage.Open(ctx, storage.Config{URL: config.Database, Clock: config.Clock})
	if err != nil {
		return err
	}
	return errors.Join(db.CopyTo(ctx, path), db.Close())
}

// copyKey puts the key file into dir, unless the key is the environment's: who
// keeps it there does not want it in a file.
func copyKey(data, dir string) error {
	if secretFromEnvironment() != "" {
		return nil
	}
	_, err := readSecret(data)
	if errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.Invalid, "", "There is no key file in "+data+", and without the key the backup would be of no use. Set FANFARE_SECRET_KEY, if the key is kept elsewhere.")
	}
	if err != nil {
		return err
	}
	content, err := os.ReadFile(filepath.Join(data, keyFile))
	if err != nil {
		return unusable(data, err)
	}
	return fault.Wrap(os.WriteFile(filepath.Join(dir, keyEntry), content, 0o600), "copy the key")
}

func packInto(path string, m manifest, dir, images string) (size int64, err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	if err := errors.Join(writeArchive(file, m, dir, images), file.Sync(), file.Close()); err != nil {
		return 0, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// syncFolder makes what was moved in a folder survive a power cut.
func syncFolder(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return unusable(dir, err)
	}
	if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
		return unusable(dir, err)
	}
	return nil
}
