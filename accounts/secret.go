package accounts

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/subtle"

	"fanfare/fault"
	"fanfare/storage"
)

// purposeCheck derives what is stored to recognise the secret, and tells
// nothing of it.
const purposeCheck = "fanfare secret check v1"

// CheckSecret tells whether the secret is the one this database was begun
// with, and notes it in a new database. It returns Unavailable for another
// one: with it every posted link would lead nowhere, and no credential open.
func (s *Service) CheckSecret(ctx context.Context) error {
	mark, err := hkdf.Key(sha256.New, s.secret, nil, purposeCheck, 16)
	if err != nil {
		return fault.Wrap(err, "check the secret")
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Exec("INSERT INTO secret_check (id, mark) VALUES (1, ?) ON CONFLICT (id) DO NOTHING", mark).Error; err != nil {
			return err
		}
		var noted []byte
		if err := tx.Raw("SELECT mark FROM secret_check WHERE id = 1").Row().Scan(&noted); err != nil {
			return err
		}
		if subtle.ConstantTimeCompare(mark, noted) != 1 {
			return wrongSecret(nil)
		}
		return nil
	})
}
