package app

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"fanfare/fault"
	"fanfare/storage"
)

// The entries of a backup, in the order in which they stand in it.
const (
	manifestEntry = "manifest.json"
	databaseEntry = "fanfare.db"
	keyEntry      = keyFile
)

var archivedFiles = []string{databaseEntry, keyEntry}

const maxManifest = 64 << 10

// manifest says what a backup holds.
type manifest struct {
	Version   string              `json:"version"` // of the program that made it
	Dialect   storage.Dialect     `json:"dialect"`
	CreatedAt time.Time           `json:"created_at"` // when the copy was begun
	Files     map[string]fileMark `json:"files"`      // by entry
}

// fileMark tells a whole file from a damaged one.
type fileMark struct {
	Size   int64  `json:"size"` // bytes
	SHA256 string `json:"sha256"`
}

// writeArchive packs the files of a folder as a gzipped tar, the manifest
// first, the folder of images last.
func writeArchive(out io.Writer, m manifest, dir, images string) error {
	m.Files = map[string]fileMark{}
	for _, name := range archivedFiles {
		mark, err := markFile(filepath.Join(dir, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		m.Files[name] = mark
	}
	content, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	zipped := gzip.NewWriter(out)
	packed := tar.NewWriter(zipped)
	if err := packed.WriteHeader(entry(manifestEntry, int64(len(content)), m.CreatedAt)); err != nil {
		return err
	}
	if _, err := packed.Write(content); err != nil {
		return err
	}
	for _, name := range archivedFiles {
		if mark, ok := m.Files[name]; ok {
			if err := pack(packed, entry(name, mark.Size, m.CreatedAt), filepath.Join(dir, name)); err != nil {
				return err
			}
		}
	}
	if err := packImages(packed, images, m.CreatedAt); err != nil {
		return err
	}
	return errors.Join(packed.Close(), zipped.Close())
}

func entry(name string, size int64, at time.Time) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: at}
}

func pack(packed *tar.Writer, header *tar.Header, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := packed.WriteHeader(header); err != nil {
		return err
	}
	_, err = io.Copy(packed, file)
	return err
}

func markFile(path string) (fileMark, error) {
	file, err := os.Open(path)
	if err != nil {
		return fileMark{}, err
	}
	defer file.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, file)
	return fileMark{size, hex.EncodeToString(sum.Sum(nil))}, err
}

// readArchive unpacks a backup into an empty folder and checks every sum. It
// takes the entries it knows and no others, so no name leads out of the
// folder. It returns Invalid for what is no backup, or a damaged one.
func readArchive(in io.Reader, dir string) (manifest, error) {
	zipped, err := gzip.NewReader(in)
	if err != nil {
		return manifest{}, noBackup(err)
	}
	packed := tar.NewReader(zipped)
	m, err := readManifest(packed)
	if err != nil {
		return manifest{}, err
	}
	for range m.Files {
		header, err := packed.Next()
		if err != nil {
			return manifest{}, noBackup(err)
		}
		mark, promised := m.Files[header.Name]
		if !promised || header.Typeflag != tar.TypeReg || header.Size != mark.Size {
			return manifest{}, noBackup(fmt.Errorf("%q is not as the manifest says", header.Name))
		}
		if err := unpack(packed, filepath.Join(dir, header.Name), mark); err != nil {
			return manifest{}, err
		}
	}
	return m, unpackImages(packed, dir)
}

func readManifest(packed *tar.Reader) (m manifest, err error) {
	header, err := packed.Next()
	if err != nil || header.Name != manifestEntry || header.Size > maxManifest {
		return m, noBackup(errors.Join(err, errors.New("it does not begin with a manifest")))
	}
	if err := json.NewDecoder(packed).Decode(&m); err != nil {
		return m, noBackup(err)
	}
	for name := range m.Files {
		if !slices.Contains(archivedFiles, name) {
			return m, noBackup(fmt.Errorf("%q is not known", name))
		}
	}
	if _, ok := m.Files[databaseEntry]; !ok || m.Dialect != storage.SQLite {
		return m, noBackup(errors.New("it holds no SQLite database"))
	}
	return m, nil
}

// unpack writes one file, which must not be there yet, and syncs it.
func unpack(in io.Reader, path string, want fileMark) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return unusable(path, err)
	}
	sum := sha256.New()
	_, reading := io.Copy(io.MultiWriter(file, sum), in)
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return unusable(path, err)
	}
	if reading != nil {
		return noBackup(reading)
	}
	if hex.EncodeToString(sum.Sum(nil)) != want.SHA256 {
		return noBackup(errors.New(filepath.Base(path) + " has another SHA-256 sum than the manifest says"))
	}
	return nil
}

func noBackup(cause error) error {
	return &fault.Error{Kind: fault.Invalid, Message: "This is no backup of Fanfare, or a damaged one. Nothing was changed.", Err: cause}
}
