package app

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fanfare/accounts"
	"fanfare/connectors/connectortest"
	"fanfare/fault"
	"fanfare/storage"
)

// withImage is backedUp with an image in it.
func withImage(t *testing.T) (config Config, file, hash string) {
	t.Helper()
	config = testConfig(t, storage.SQLite)
	config.Database = ""
	addPerson(t, config, "lei@example.com")
	err := with(t.Context(), &config, func(a *App) error {
		image, err := a.Media.Upload(t.Context(), accounts.Actor{PersonID: 1, Role: accounts.Admin}, bytes.NewReader(connectortest.Image(1).Content))
		hash = image.Hash
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(config.Data, "media", hash[:2], ".put-left"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "backup.tar.gz")
	if _, err := backup(t.Context(), config, file); err != nil {
		t.Fatal(err)
	}
	return config, file, hash
}

func TestImagesComeBack(t *testing.T) {
	t.Parallel()
	_, file, hash := withImage(t)
	fresh := testConfig(t, storage.SQLite)
	fresh.Database = ""
	for range 2 { // over itself, too
		if _, err := restore(t.Context(), fresh, file, true); err != nil {
			t.Fatal(err)
		}
	}
	err := with(t.Context(), &fresh, func(a *App) error {
		_, content, err := a.Media.Open(t.Context(), hash)
		if err != nil {
			return err
		}
		defer content.Close()
		got, err := io.ReadAll(content)
		if !bytes.Equal(got, connectortest.Image(1).Content) {
			t.Errorf("%d bytes came back", len(got))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if files, _ := filepath.Glob(filepath.Join(fresh.Data, "media", "*", "*")); len(files) != 1 {
		t.Errorf("files: %q", files)
	}
}

func TestDamagedImagesChangeNothing(t *testing.T) {
	t.Parallel()
	_, file, hash := withImage(t)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	name := mediaEntry + hash
	for _, change := range []func(*tar.Header, []byte){
		func(h *tar.Header, c []byte) { turn(h, c, name) },
		func(h *tar.Header, _ []byte) { rename(h, name, mediaEntry+strings.Repeat("a", 64)) },
		func(h *tar.Header, _ []byte) { rename(h, name, mediaEntry+"../../etc/cron.d/x") },
		func(h *tar.Header, _ []byte) { rename(h, name, hash) },
		func(h *tar.Header, _ []byte) { link(h, name) },
	} {
		config := testConfig(t, storage.SQLite)
		config.Database = ""
		broken := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(broken, repack(t, whole, change), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := restore(t.Context(), config, broken, true); !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
		if made, _ := os.ReadDir(config.Data); len(made) != 1 {
			t.Errorf("it left %v", made)
		}
	}
}

func TestABucketIsNotBackedUp(t *testing.T) {
	t.Parallel()
	config, _, _ := withImage(t)
	config.MediaURL = "s3://key:secret@127.0.0.1:1/bucket?region=r&tls=off"
	file := filepath.Join(t.TempDir(), "backup.tar.gz")
	if _, err := backup(t.Context(), config, file); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	repack(t, whole, func(h *tar.Header, _ []byte) {
		if strings.HasPrefix(h.Name, mediaEntry) {
			t.Errorf("it holds %s", h.Name)
		}
	})
}
