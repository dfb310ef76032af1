package media

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// desk is a service on a folder of its own, with somebody of marketing.
type desk struct {
	*Service
	db    *storage.DB
	actor accounts.Actor
	dir   string
}

func openDesk(t testing.TB, db *storage.DB) *desk {
	t.Helper()
	d := &desk{db: db, dir: t.TempDir()}
	store, err := OpenStore("", d.dir)
	must(t, err)
	d.Service = New(db, store)
	person, err := accounts.New(db, []byte("a secret for tests, and only for them")).CreatePerson(t.Context(), accounts.System(),
		accounts.PersonDraft{Email: "lei@example.com", Name: "Lei", Role: accounts.Marketing})
	must(t, err)
	d.actor = accounts.Actor{PersonID: person.ID, Role: accounts.Marketing}
	return d
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// picture is an image of so many pixels in a format.
func picture(t testing.TB, format string, width, height int) []byte {
	t.Helper()
	img := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.Black, color.White})
	var out bytes.Buffer
	switch format {
	case "png":
		must(t, png.Encode(&out, img))
	case "jpeg":
		must(t, jpeg.Encode(&out, img, nil))
	case "gif":
		must(t, gif.Encode(&out, img, nil))
	}
	return out.Bytes()
}

// webpSmall is the smallest lossless WebP head: 16 × 9 pixels,
// https://developers.google.com/speed/webp/docs/webp_lossless_bitstream_specification.
const webpSmall = "RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x0f\x00\x02\x00\x07\x00\x00\x00\x00\x00\x00\x00\x00"

func TestUpload(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		for kind, content := range map[string][]byte{
			"image/png": picture(t, "png", 16, 9), "image/jpeg": picture(t, "jpeg", 16, 9),
			"image/gif": picture(t, "gif", 16, 9), "image/webp": []byte(webpSmall),
		} {
			got, err := d.Upload(t.Context(), d.actor, iotest.OneByteReader(bytes.NewReader(content)))
			if err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
			want := Image{Hash: got.Hash, ContentType: kind, Bytes: int64(len(content)), Width: 16, Height: 9, CreatedBy: d.actor.PersonID, CreatedAt: clock.Now()}
			if diff := cmp.Diff(want, got); diff != "" || !IsHash(got.Hash) {
				t.Errorf("%s: %s", kind, diff)
			}
			again, err := d.Upload(t.Context(), d.actor, bytes.NewReader(content))
			if err != nil || again != got {
				t.Errorf("%s again: %+v, %v", kind, again, err)
			}
			stored, file, err := d.Open(t.Context(), got.Hash)
			must(t, err)
			back, err := io.ReadAll(file)
			must(t, errors.Join(err, file.Close()))
			if !bytes.Equal(back, content) || stored.ContentType != kind {
				t.Errorf("%s: %+v with %d bytes came back", kind, stored, len(back))
			}
			kept, err := d.Content(t.Context(), got.Hash)
			if err != nil || !bytes.Equal(kept, content) {
				t.Errorf("%s: content of %d bytes, %v", kind, len(kept), err)
			}
		}
		left, _ := filepath.Glob(filepath.Join(d.dir, "media", "*", ".*"))
		files, _ := filepath.Glob(filepath.Join(d.dir, "media", "??", strings.Repeat("?", 62)))
		if len(left) > 0 || len(files) != 4 {
			t.Errorf("files %q, left behind %q", files, left)
		}
	})
}

func TestUploadRefuses(t *testing.T) {
	t.Parallel()
	db := storagetest.Open(t, storage.SQLite, storagetest.NewClock())
	d := openDesk(t, db)
	small := picture(t, "png", 16, 9)
	heavy := func(content []byte, size int) io.Reader {
		return io.MultiReader(bytes.NewReader(content), io.LimitReader(rand.Reader, int64(size-len(content))))
	}
	bomb := []byte("GIF89a\xff\xff\xff\xff\x00\x00\x00;") // claims 65,535 pixels a side, in 14 bytes
	for name, test := range map[string]struct {
		content io.Reader
		key     string // "" is taken
	}{
		"nothing":           {strings.NewReader(""), "media.empty"},
		"text":              {strings.NewReader("no image at all"), "media.type"},
		"a page":            {strings.NewReader("<html><script>alert(1)</script>"), "media.type"},
		"SVG":               {strings.NewReader(`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`), "media.type"},
		"a BMP":             {strings.NewReader("BM" + strings.Repeat("\x00", 60)), "media.type"},
		"a PNG's beginning": {bytes.NewReader(small[:20]), "media.damaged"},
		"a JPEG's mark":     {strings.NewReader("\xff\xd8\xff\xe0"), "media.damaged"},
		"no pixels":         {strings.NewReader("GIF89a\x00\x00\x00\x00\x00\x00\x00"), "media.damaged"},
		"a bomb":            {bytes.NewReader(bomb), "media.pixels"},
		"a bit too wide":    {bytes.NewReader(picture(t, "png", 8193, 1)), "media.pixels"},
		"the widest":        {bytes.NewReader(picture(t, "png", 8192, 1)), ""},
		"the heaviest":      {heavy(small, MaxBytes), ""},
		"too heavy":         {heavy(small, MaxBytes+1), "media.too_large"},
		"the heaviest GIF":  {heavy(picture(t, "gif", 1, 1), MaxGIFBytes), ""},
		"too heavy a GIF":   {heavy(picture(t, "gif", 1, 1), MaxGIFBytes+1), "media.too_large"},
		"without end":       {io.MultiReader(bytes.NewReader(small), rand.Reader), "media.too_large"},
		"broken off":        {io.MultiReader(bytes.NewReader(small), iotest.ErrReader(io.ErrUnexpectedEOF)), "media.broken_off"},
	} {
		_, err := d.Upload(t.Context(), d.actor, test.content)
		var f *fault.Error
		key := ""
		if errors.As(err, &f) {
			if key = f.Key; len(f.Fields) > 0 {
				key = f.Fields[0].Key
			}
		}
		if key != test.key || err != nil && f.Kind != fault.Invalid {
			t.Errorf("%s: %q, want %q: %v", name, key, test.key, err)
		}
	}
	for _, role := range []accounts.Role{accounts.Fan, accounts.Product, accounts.Moderator} {
		if _, err := d.Upload(t.Context(), accounts.Actor{PersonID: 1, Role: role}, bytes.NewReader(small)); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: %v", role, err)
		}
	}
	for _, hash := range []string{"", "../../etc/passwd", strings.Repeat("A", 64), strings.Repeat("a", 64), strings.Repeat("a", 63) + "/"} {
		if _, _, err := d.Open(t.Context(), hash); !fault.Is(err, fault.NotFound) {
			t.Errorf("opening %q: %v", hash, err)
		}
	}
}

func TestContentIsWhatItsHashSays(t *testing.T) {
	t.Parallel()
	d := openDesk(t, storagetest.Open(t, storage.SQLite, storagetest.NewClock()))
	got, err := d.Upload(t.Context(), d.actor, bytes.NewReader(picture(t, "png", 2, 2)))
	must(t, err)
	path := filepath.Join(d.dir, "media", got.Hash[:2], got.Hash[2:])
	must(t, os.WriteFile(path, picture(t, "png", 3, 3), 0o600))
	if _, err := d.Content(t.Context(), got.Hash); !fault.Is(err, fault.Internal) {
		t.Errorf("another content: %v", err)
	}
	must(t, os.Remove(path))
	if _, err := d.Content(t.Context(), got.Hash); !fault.Is(err, fault.NotFound) {
		t.Errorf("no content: %v", err)
	}
}

func TestShelfStaysSmall(t *testing.T) {
	t.Parallel()
	s := shelf{held: map[string][]byte{}}
	for i := range 10 {
		s.put(fmt.Sprint(i), make([]byte, shelfBytes/3))
	}
	if s.bytes > shelfBytes || len(s.held) == 0 || len(s.held) > 3 {
		t.Errorf("%d bytes in %d images", s.bytes, len(s.held))
	}
	if _, ok := s.get("9"); !ok {
		t.Error("the last is not there")
	}
}

func TestClearUnused(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		var hashes []string
		for i := range 3 {
			got, err := d.Upload(t.Context(), d.actor, bytes.NewReader(picture(t, "png", i+1, 1)))
			must(t, err)
			hashes = append(hashes, got.Hash)
		}
		d.attach(t, hashes[0])
		clear := func(want int) {
			t.Helper()
			if n, err := d.ClearUnused(context.Background()); err != nil || n != want {
				t.Errorf("cleared %d, %v; want %d", n, err, want)
			}
		}
		clock.Advance(Patience)
		clear(0)
		_, err := d.Upload(t.Context(), d.actor, bytes.NewReader(picture(t, "png", 2, 1))) // wanted again
		must(t, err)
		clock.Advance(time.Second)
		clear(1)
		for i, want := range []fault.Kind{"", "", fault.NotFound} {
			_, file, err := d.Open(t.Context(), hashes[i])
			if fault.KindOf(err) != want {
				t.Errorf("image %d: %v", i, err)
			}
			if err == nil {
				must(t, file.Close())
			}
		}
		if left, _ := filepath.Glob(filepath.Join(d.dir, "media", "*", "*")); len(left) != 2 {
			t.Errorf("files: %q", left)
		}
	})
}

// attach gives an image to a post.
func (d *desk) attach(t *testing.T, hash string) {
	t.Helper()
	must(t, d.db.Write(t.Context(), func(tx *storage.Tx) error {
		for _, statement := range []string{
			"INSERT INTO sales (id, name, product, market, currency, units, opens_at, store_url, created_by, created_at) VALUES (1, 's', 'p', 'HK', 'HKD', 1, ?, 'u', 1, ?)",
			"INSERT INTO campaigns (id, sale_id, name, created_by, created_at) VALUES (1, 1, 'c', 1, ?)",
			"INSERT INTO posts (id, campaign_id, text, due_at, created_by, created_at) VALUES (1, 1, 't', ?, 1, ?)",
		} {
			args := make([]any, strings.Count(statement, "?"))
			for i := range args {
				args[i] = tx.Now
			}
			if err := tx.Exec(statement, args...).Error; err != nil {
				return err
			}
		}
		return tx.Exec("INSERT INTO post_media (post_id, position, hash) VALUES (1, 0, ?)", hash).Error
	}))
}

func FuzzIdentify(f *testing.F) {
	for _, format := range []string{"png", "jpeg", "gif"} {
		f.Add(picture(f, format, 16, 9))
	}
	f.Add([]byte(webpSmall))
	f.Add([]byte("RIFF\xff\xff\xff\xffWEBPVP8X"))
	f.Fuzz(func(t *testing.T, content []byte) {
		got, err := identify(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Error(err)
			}
			return
		}
		if got.Width < 1 || got.Height < 1 || got.Width > maxSide || got.Height > maxSide || decoders[got.ContentType] == nil {
			t.Errorf("taken: %+v", got)
		}
	})
}
