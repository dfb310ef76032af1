package media

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"image"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"golang.org/x/image/webp"

	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// secret is what no cleaned image may hold.
const secret = "22.3193N 114.1694E"

// phoneExif is Exif as a phone writes it: the way up among other things, and
// the place behind them.
func phoneExif(order binary.AppendByteOrder, turn uint16) []byte {
	exif := []byte("MM\x00*")
	if order == binary.AppendByteOrder(binary.LittleEndian) {
		exif = []byte("II*\x00")
	}
	exif = order.AppendUint16(order.AppendUint32(exif, 8), 2)
	entry := func(tag, kind, value uint16) {
		exif = order.AppendUint32(order.AppendUint16(order.AppendUint16(exif, tag), kind), 1)
		exif = order.AppendUint16(order.AppendUint16(exif, value), 0)
	}
	entry(0x0110, 2, 0) // the model
	entry(tagOrientation, typeShort, turn)
	return append(order.AppendUint32(exif, 0), secret...)
}

// told are images that tell more than their picture, each with its picture alone.
func told(t testing.TB, turn uint16) map[string][2][]byte {
	segment := func(mark byte, body string) []byte { return appendSegment(nil, mark, []byte(body)) }
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	plainJPEG, plainPNG, plainGIF := picture(t, "jpeg", 16, 9), picture(t, "png", 16, 9), picture(t, "gif", 16, 9)
	exif := phoneExif(binary.LittleEndian, turn)
	icc := segment(0xE2, "ICC_PROFILE\x00\x01\x01colours")
	gifHead := 13 + colours(plainGIF[10])
	riff := func(chunks ...[]byte) []byte {
		body := append([]byte("WEBP"), bytes.Join(chunks, nil)...)
		return appendRIFF(nil, "RIFF", body)
	}
	webpPicture := []byte(webpSmall)[12:]
	extended := func(flags byte) []byte {
		return appendRIFF(nil, "VP8X", []byte{flags, 0, 0, 0, 15, 0, 0, 8, 0, 0})
	}
	jpegTurn, pngTurn, webpTurn, flags := []byte(nil), []byte(nil), []byte(nil), byte(0x20)
	if turn != upright {
		jpegTurn = segment(markAPP1, exifMark+string(exifOf(turn)))
		pngTurn, webpTurn, flags = appendChunk(nil, pngExif, exifOf(turn)), appendRIFF(nil, webpExif, exifOf(turn)), flags|webpHasExif
	}
	return map[string][2][]byte{
		"image/jpeg": {
			join(plainJPEG[:2], segment(markAPP0, "JFIF\x00\x01\x01\x00\x00\x48\x00\x48\x01\x01"+secret[:3]), segment(markAPP0, "JFXX\x00"+secret),
				segment(markAPP1, exifMark+string(exif)), segment(markAPP1, exifMark+secret), segment(markAPP1, "http://ns.adobe.com/xap/1.0/\x00"+secret),
				icc, segment(0xE2, "MPF\x00"+secret), segment(0xED, "Photoshop 3.0\x00"+secret), segment(markCOM, secret), []byte("\xff\xff"), plainJPEG[2:], []byte(secret)),
			join(plainJPEG[:2], segment(markAPP0, "JFIF\x00\x01\x01\x00\x00\x48\x00\x48\x00\x00"), jpegTurn, icc, plainJPEG[2:]),
		},
		"image/png": {
			join(plainPNG[:33], appendChunk(nil, "gAMA", []byte{0, 0, 177, 143}), appendChunk(nil, "tEXt", []byte("GPS\x00"+secret)), appendChunk(nil, "iTXt", []byte(secret)),
				appendChunk(nil, "zTXt", []byte(secret)), appendChunk(nil, "tIME", []byte(secret)), appendChunk(nil, pngExif, exif), appendChunk(nil, "caBX", []byte(secret)), plainPNG[33:], []byte(secret)),
			join(plainPNG[:33], appendChunk(nil, "gAMA", []byte{0, 0, 177, 143}), pngTurn, plainPNG[33:]),
		},
		"image/gif": {
			join(plainGIF[:gifHead], []byte("\x21\xfe"), []byte{byte(len(secret))}, []byte(secret+"\x00"), []byte("\x21\xff\x0bXMP DataXMP"), []byte{byte(len(secret))}, []byte(secret+"\x00"),
				[]byte("\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"), plainGIF[gifHead:], []byte(secret)),
			join(plainGIF[:gifHead], []byte("\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"), plainGIF[gifHead:]),
		},
		"image/webp": {
			append(riff(extended(0x20|webpHasExif|webpHasXMP), appendRIFF(nil, "ICCP", []byte("colours")), webpPicture,
				appendRIFF(nil, webpExif, append([]byte(exifMark), exif...)), appendRIFF(nil, "XMP ", []byte(secret)), appendRIFF(nil, "NOTE", []byte(secret))), secret...),
			riff(extended(flags), appendRIFF(nil, "ICCP", []byte("colours")), webpPicture, webpTurn),
		},
	}
}

func TestCleanKeepsThePictureAlone(t *testing.T) {
	t.Parallel()
	for _, turn := range []uint16{upright, 6, lastTurn} {
		for kind, images := range told(t, turn) {
			got, err := clean(bytes.NewReader(images[0]), kind)
			if err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
			if !bytes.Equal(got, images[1]) {
				t.Errorf("%s, turn %d:\n%q\nwant\n%q", kind, turn, got, images[1])
			}
			again, err := clean(bytes.NewReader(got), kind)
			if err != nil || !bytes.Equal(again, got) {
				t.Errorf("%s, turn %d: cleaning again gives %q, %v", kind, turn, again, err)
			}
		}
	}
}

func TestUploadCleans(t *testing.T) {
	t.Parallel()
	d := openDesk(t, storagetest.Open(t, storage.SQLite, storagetest.NewClock()))
	for kind, images := range told(t, 6) {
		told, err := d.Upload(t.Context(), d.actor, bytes.NewReader(images[0]))
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		alone, err := d.Upload(t.Context(), d.actor, bytes.NewReader(images[1]))
		if err != nil || told.Hash != alone.Hash || told.Bytes != int64(len(images[1])) {
			t.Errorf("%s: %+v and %+v, %v", kind, told, alone, err)
		}
		kept, err := d.Content(t.Context(), told.Hash)
		if err != nil || !bytes.Equal(kept, images[1]) {
			t.Errorf("%s: kept %q, %v", kind, kept, err)
		}
	}
}

// TestWhatWasKeptUncleanGoesOutClean: uploads were not always cleaned.
func TestWhatWasKeptUncleanGoesOutClean(t *testing.T) {
	t.Parallel()
	d := openDesk(t, storagetest.Open(t, storage.SQLite, storagetest.NewClock()))
	for kind, image := range told(t, 6) {
		sum := sha256.Sum256(image[0])
		hash := hex.EncodeToString(sum[:])
		must(t, d.store.Put(t.Context(), hash, bytes.NewReader(image[0]), int64(len(image[0])), kind))
		if sent, err := d.Content(t.Context(), hash); err != nil || !bytes.Equal(sent, image[1]) {
			t.Errorf("%s: %d bytes of %d, want %d; %v", kind, len(sent), len(image[0]), len(image[1]), err)
		}
	}
}

func TestTurnOf(t *testing.T) {
	t.Parallel()
	whole := phoneExif(binary.BigEndian, 3)
	for name, test := range map[string]struct {
		exif []byte
		want uint16
	}{
		"large end first": {whole, 3},
		"small end first": {phoneExif(binary.LittleEndian, 5), 5},
		"its own":         {exifOf(7), 7},
		"out of range":    {phoneExif(binary.BigEndian, 9), upright},
		"zero":            {phoneExif(binary.BigEndian, 0), upright},
		"cut off":         {whole[:30], upright},
		"no directory":    {[]byte("MM\x00*\xff\xff\xff\xff"), upright},
		"something else":  {[]byte("GIF89a and more"), upright},
		"nothing":         {nil, upright},
	} {
		if got := turnOf(test.exif); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
}

func TestCleanRefuses(t *testing.T) {
	t.Parallel()
	plain := told(t, upright)
	for kind, content := range map[string][]byte{
		"image/jpeg": append(plain["image/jpeg"][1][:2:2], "\xff\xe1\xff\xff"...),
		"image/png":  plain["image/png"][1][:50],
		"image/gif":  append(plain["image/gif"][1][:20:20], 0x99),
		"image/webp": plain["image/webp"][1][:40],
	} {
		if got, err := clean(bytes.NewReader(content), kind); err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("%s: %q, %v", kind, got, err)
		}
	}
}

// FuzzClean: whatever the bytes, cleaning ends, changes nothing the second
// time, and leaves the same picture.
func FuzzClean(f *testing.F) {
	for _, turn := range []uint16{upright, 6} {
		for _, images := range told(f, turn) {
			f.Add(images[0])
		}
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		before, err := identify(bytes.NewReader(content), int64(len(content)))
		if err != nil || before.Width*before.Height > 1<<16 {
			return
		}
		got, err := clean(bytes.NewReader(content), before.ContentType)
		if err != nil {
			return
		}
		again, err := clean(bytes.NewReader(got), before.ContentType)
		if err != nil || !bytes.Equal(again, got) {
			t.Fatalf("again: %q, not %q: %v", again, got, err)
		}
		if was := pixels(content, before.ContentType); was != "" {
			if is := pixels(got, before.ContentType); is != was {
				t.Errorf("another picture: %s, not %s", is, was)
			}
		}
	})
}

// pixels tells a picture by its pixels; "" for none.
func pixels(content []byte, kind string) string {
	read := bytes.NewReader(content)
	var img image.Image
	var err error
	switch kind {
	case "image/jpeg":
		img, err = jpeg.Decode(read)
	case "image/png":
		img, err = png.Decode(read)
	case "image/gif":
		all, e := gif.DecodeAll(read)
		if e != nil || len(all.Image) > 16 {
			return ""
		}
		told := fmt.Sprint(all.Delay, all.LoopCount)
		for _, frame := range all.Image {
			told += colourOf(frame)
		}
		return told
	case "image/webp":
		img, err = webp.Decode(read)
	}
	if err != nil {
		return ""
	}
	return colourOf(img)
}

func colourOf(img image.Image) string {
	whole := image.NewNRGBA(img.Bounds())
	draw.Draw(whole, whole.Bounds(), img, img.Bounds().Min, draw.Src)
	return fmt.Sprintf("%v %x", whole.Rect, whole.Pix)
}
