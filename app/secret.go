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

// keyFile is the name of the key file in the data folder.
const keyFile = "secret.key"

// loadSecret gives the key under which credentials are sealed and tokens made,
// and makes the key file on the first start.
func loadSecret(data string) ([]byte, error) {
	secret, err := readSecret(data)
	if errors.Is(err, fs.ErrNotExist) {
		return makeSecret(data)
	}
	return secret, err
}

// secretFromEnvironment gives FANFARE_SECRET_KEY, 64 hexadecimal digits, or "".
// It is no flag: the list of processes shows flags to everybody on the machine.
func secretFromEnvironment() string { return os.Getenv("FANFARE_SECRET_KEY") }

// readSecret gives the key of the environment, else that of the key file. The
// error is fs.ErrNotExist where there is neither.
func readSecret(data string) ([]byte, error) {
	if text := secretFromEnvironment(); text != "" {
		return parseSecret("FANFARE_SECRET_KEY", text)
	}
	path := filepath.Join(data, keyFile)
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, unusable(path, err)
	}
	return parseSecret(path, string(content))
}

func makeSecret(data string) ([]byte, error) {
	path := filepath.Join(data, keyFile)
	secret := newSecret()
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

func newSecret() []byte {
	secret := make([]byte, secretSize)
	_, _ = rand.Read(secret) // never fails: crypto/rand
	return secret
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
