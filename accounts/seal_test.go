package accounts

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fanfare/fault"
)

func TestSealedCredentialsOpenForTheirAccountAlone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.SliceOfN(rapid.Byte(), 32, 64).Draw(t, "secret")
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "credentials")
		network, remoteID := rapid.String().Draw(t, "network"), rapid.String().Draw(t, "remote id")
		sealed, err := seal(secret, plain, network, remoteID)
		if err != nil {
			t.Fatal(err)
		}
		got, err := unseal(secret, sealed, network, remoteID)
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("opened as %x, %v", got, err)
		}

		bit := rapid.IntRange(0, 8*len(sealed)-1).Draw(t, "bit")
		flipped := bytes.Clone(sealed)
		flipped[bit/8] ^= 1 << (bit % 8)
		wantWrongSecret(t, "bit flipped", secret, flipped, network, remoteID)
		wantWrongSecret(t, "cut", secret, sealed[:bit/8], network, remoteID)
		wantWrongSecret(t, "another network", secret, sealed, network+"x", remoteID)
		wantWrongSecret(t, "another account", secret, sealed, network, remoteID+"x")
		if len(network) > 0 { // the same letters, parted elsewhere
			wantWrongSecret(t, "border moved", secret, sealed, network[:len(network)-1], network[len(network)-1:]+remoteID)
		}
		other := bytes.Clone(secret)
		other[bit%len(other)] ^= 1
		wantWrongSecret(t, "another secret", other, sealed, network, remoteID)
	})
}

func wantWrongSecret(t *rapid.T, name string, secret, sealed []byte, network, remoteID string) {
	t.Helper()
	_, err := unseal(secret, sealed, network, remoteID)
	var e *fault.Error
	if !errors.As(err, &e) || e.Kind != fault.Unavailable || e.Key != "accounts.wrong_secret" {
		t.Fatalf("%s: %v", name, err)
	}
}

func TestSealsDiffer(t *testing.T) {
	t.Parallel()
	secret, plain := make([]byte, 32), []byte(strings.Repeat("token", 10))
	one, err := seal(secret, plain, "twitter", "1")
	if err != nil {
		t.Fatal(err)
	}
	two, err := seal(secret, plain, "twitter", "1")
	if err != nil || bytes.Equal(one[1:13], two[1:13]) {
		t.Errorf("a nonce was used twice: %x, %v", one[1:13], err)
	}
	if bytes.Contains(one, plain) {
		t.Error("the credentials stand there in the open")
	}
}

func TestSealsOfOtherRoomsOpenForTheirPurposeAlone(t *testing.T) {
	t.Parallel()
	s := &Service{secret: bytes.Repeat([]byte{7}, 32)}
	sealed, err := s.Seal("order source v1", "source mi-hk", []byte("shpss_1"))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := s.Unseal("order source v1", "source mi-hk", sealed); err != nil || string(plain) != "shpss_1" {
		t.Errorf("opened as %q, %v", plain, err)
	}
	other := &Service{secret: bytes.Repeat([]byte{8}, 32)}
	for name, open := range map[string]func() ([]byte, error){
		"another purpose": func() ([]byte, error) { return s.Unseal("order source v2", "source mi-hk", sealed) },
		"another binding": func() ([]byte, error) { return s.Unseal("order source v1", "source mi-tw", sealed) },
		"another secret":  func() ([]byte, error) { return other.Unseal("order source v1", "source mi-hk", sealed) },
		"as credentials":  func() ([]byte, error) { return unseal(s.secret, sealed, "source", "mi-hk") },
	} {
		if plain, err := open(); !fault.Is(err, fault.Unavailable) || plain != nil {
			t.Errorf("%s: %q, %v", name, plain, err)
		}
	}
}
