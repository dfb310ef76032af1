package app

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fanfare/fault"
	"fanfare/media"
)

// Images stand in a backup behind what the manifest names, as media/HASH: each
// name is the sum of its content.
const mediaEntry = "media/"

// mediaFolder gives the folder of the images, "" where they are in a bucket.
func mediaFolder(config Config) string {
	if config.MediaURL != "" {
		return ""
	}
	return filepath.Join(config.Data, "media")
}

// packImages adds every image of a folder. One that is cleared meanwhile
// belongs to no post.
func packImages(packed *tar.Writer, dir string, at time.Time) error {
	files, err := filepath.Glob(filepath.Join(dir, "??", "*"))
	if dir == "" || err != nil {
		return err
	}
	for _, path := range files {
		hash := filepath.Base(filepath.Dir(path)) + filepath.Base(path)
		info, err := os.Stat(path)
		if !media.IsHash(hash) || errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := pack(packed, entry(mediaEntry+hash, info.Size(), at), path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// unpackImages reads what follows the manifest's files: images and nothing
// else, each of them what its name says.
func unpackImages(packed *tar.Reader, dir string) error {
	for {
		header, err := packed.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return noBackup(err)
		}
		hash, isImage := strings.CutPrefix(header.Name, mediaEntry)
		if !isImage || !media.IsHash(hash) || header.Typeflag != tar.TypeReg || header.Size > media.MaxGIFBytes {
			return noBackup(fmt.Errorf("%q is neither in the manifest nor an image", header.Name))
		}
		if err := os.MkdirAll(filepath.Join(dir, mediaEntry), 0o700); err != nil {
			return unusable(dir, err)
		}
		if err := unpack(packed, filepath.Join(dir, mediaEntry, hash), fileMark{header.Size, hash}); err != nil {
			return err
		}
	}
}

// restoreImages puts unpacked images where this installation keeps its own.
// What is there stays: under one name there is but one content.
func restoreImages(ctx context.Context, config Config, stage string) error {
	store, err := media.OpenStore(config.MediaURL, config.Data)
	if err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(stage, mediaEntry, "*"))
	if err != nil {
		return fault.Wrap(err, "list the backup's images")
	}
	for _, path := range files {
		if err := restoreImage(ctx, store, path); err != nil {
			return err
		}
	}
	return nil
}

func restoreImage(ctx context.Context, store media.Store, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return unusable(path, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return unusable(path, err)
	}
	return store.Put(ctx, filepath.Base(path), file, info.Size(), "application/octet-stream")
}
