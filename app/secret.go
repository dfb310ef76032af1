package app

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"fanfare/fault"
)

const secretSize = 32

// loadSecret gives the key under which credentials are sealed and tokens made:
// FANFARE_SECRET_KEY, 64 hexadecimal digits, else the key file in the data
// folder, made on the first start. It is no flag: the list of processes shows
// flags to everybody on the machine.
func loadSecret(data string) ([]byte, error) {
	if text := os.Getenv("FANFARE_SECRET_KEY"); text != "" {
		return parseSecret("FANFARE_SECRET_KEY", text)
	}
	path := filepath.Join(data, "secret.key")
	content, err := os.ReadFile(path)
	switch {
	case err == nil:
		return parseSecret(path, string(content))
	case !errors.Is(err, fs.ErrNotExist):
		return nil, unusable(path, err)
	}
	secret := make([]byte, secretSize)
	_, _ = rand.Read(secret) // never fails: crypto/rand
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, unusable(data, err)
	}
	// Exclusive, so that two first starts at once cannot make two keys.
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, unusable(path, err)
	}
	_, err = fmt.Fprintln(file, hex.EncodeToString(secret))
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return nil, unusable(path, err)
	}
	return secret, nil
}

func parseSecret(source, text string) ([]byte, error) {
	secret, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(secret) != secretSize {
		return nil, fault.New(fault.Invalid, "", source+" must hold 64 hexadecimal digits, as `openssl rand -hex 32` prints them.")
	}
	return secret, nil
}

func unusable(path string, err error) error {
	return &fault.Error{Kind: fault.Unavailable, Message: path + " cannot be used.", Err: err}
}
