package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"fanfare/accounts"
	"fanfare/campaigns/links"
	"fanfare/fault"
	"fanfare/storage"
)

// RestoreCommand is `fanfare restore FILE`.
type RestoreCommand struct {
	File    string `arg:"" help:"A file that fanfare backup wrote." type:"path"`
	Replace bool   `help:"Move a database that is there aside, into a folder of its own, and take its place."`
}

// Run implements the command.
func (r *RestoreCommand) Run(ctx context.Context, config *Config) error {
	m, err := restore(ctx, *config, r.File, r.Replace)
	if err != nil {
		return err
	}
	_, err = fmt.Printf("Restored the state of %s into %s.\n", m.CreatedAt.Format("2006-01-02 15:04:05 MST"), config.Data)
	return err
}

// restore puts a backup in place: unpacked, checked and migrated beside the
// data first, so that whatever is wrong with it changes nothing.
func restore(ctx context.Context, config Config, file string, replace bool) (manifest, error) {
	config, err := config.withDefaults()
	if err != nil {
		return manifest{}, err
	}
	path, ok := storage.SQLitePath(config.Database)
	if !ok {
		return manifest{}, fault.New(fault.Invalid, "", "PostgreSQL has its own tool, which knows it better: pg_restore --clean --if-exists --dbname=\"$FANFARE_DATABASE\" FILE.")
	}
	release, err := lockData(config.Data)
	if err != nil {
		return manifest{}, err
	}
	defer release()
	if _, err := os.Stat(path); err == nil && !replace {
		return manifest{}, fault.New(fault.Conflict, "", path+" is there already. --replace moves it aside and takes its place.")
	}
	in, err := os.Open(file)
	if err != nil {
		return manifest{}, unusable(file, err)
	}
	defer in.Close()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return manifest{}, unusable(path, err)
	}
	stage, err := os.MkdirTemp(filepath.Dir(path), ".fanfare-restore-")
	if err != nil {
		return manifest{}, unusable(path, err)
	}
	defer os.RemoveAll(stage)
	m, err := readArchive(in, stage)
	if err != nil {
		return manifest{}, err
	}
	secret, err := restoredSecret(config.Data, stage)
	if err != nil {
		return manifest{}, err
	}
	if err := prove(ctx, filepath.Join(stage, databaseEntry), secret); err != nil {
		return manifest{}, err
	}
	if err := restoreImages(ctx, config, stage); err != nil {
		return manifest{}, err
	}
	aside := "replaced-" + config.Clock.Now().Format("20060102T150405Z")
	return m, putInPlace(stage, path, config.Data, aside)
}

// restoredSecret gives the key that will be in force after the restore: the
// environment's, the backup's, or that of the data folder.
func restoredSecret(data, stage string) ([]byte, error) {
	secret, err := readSecret(stage)
	if errors.Is(err, fs.ErrNotExist) {
		secret, err = readSecret(data)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.Invalid, "", "The backup holds no secret key. Set FANFARE_SECRET_KEY to the one that was in force then.")
	}
	return secret, err
}

// prove opens an unpacked database as the program will: sound, of a schema it
// knows, brought up to date, and fit for the key. Links that are lost with it
// stay lost.
func prove(ctx context.Context, path string, secret []byte) error {
	db, err := storage.Open(ctx, storage.Config{URL: "sqlite:" + path})
	if err != nil {
		return err
	}
	return errors.Join(proveOpen(ctx, db, secret), db.Close())
}

func proveOpen(ctx context.Context, db *storage.DB, secret []byte) error {
	if err := db.QuickCheck(ctx); err != nil {
		return err
	}
	schema, err := db.Schema(ctx)
	if err != nil {
		return err
	}
	if schema.Current > schema.Latest {
		return fault.New(fault.Invalid, "", "A newer version of Fanfare made this backup. Restore it with that version.")
	}
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	service := accounts.New(db, secret)
	return errors.Join(service.CheckSecret(ctx), service.Close(ctx), links.SkipLost(ctx, db))
}

// putInPlace moves what is there aside and the restored files in. Renames
// alone: a power cut between two of them leaves every file whole, in one place
// or the other.
func putInPlace(stage, path, data, aside string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := moveAside(path+suffix, aside); err != nil {
			return err
		}
	}
	for _, suffix := range []string{"", "-wal"} {
		err := os.Rename(filepath.Join(stage, databaseEntry+suffix), path+suffix)
		if err != nil && (suffix == "" || !errors.Is(err, fs.ErrNotExist)) {
			return unusable(path, err)
		}
	}
	if err := restoreKey(stage, data, aside); err != nil {
		return err
	}
	return errors.Join(syncFolder(filepath.Dir(path)), syncFolder(data))
}

// restoreKey puts the backup's key file in place, unless the environment's key
// is in force or the same key is there.
func restoreKey(stage, data, aside string) error {
	restored, err := os.ReadFile(filepath.Join(stage, keyEntry))
	if secretFromEnvironment() != "" || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	path := filepath.Join(data, keyFile)
	standing, reading := os.ReadFile(path)
	if reading == nil && bytes.Equal(standing, restored) {
		return nil
	}
	if err = errors.Join(err, moveAside(path, aside)); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return unusable(path, err)
	}
	_, err = file.Write(restored)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return unusable(path, err)
	}
	return nil
}

// moveAside puts a file, if it is there, into a folder beside it.
func moveAside(path, folder string) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	dir := filepath.Join(filepath.Dir(path), folder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return unusable(dir, err)
	}
	if err := os.Rename(path, filepath.Join(dir, filepath.Base(path))); err != nil {
		return unusable(path, err)
	}
	return nil
}
