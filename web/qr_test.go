package web

import (
	"bytes"
	"encoding/xml"
	"image/png"
	"regexp"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

const qrLink = "https://go.example.com/r/0123456789ab"

func TestQRCodesCanBeRead(t *testing.T) {
	t.Parallel()
	for _, link := range []string{qrLink, "http://127.0.0.1:8080/r/zzzzzzzzzzzz", "https://a-rather-long-name-of-a-shop.example.com/with/a/path/r/0123456789ab"} {
		content, err := drawPNG(link)
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
		if err != nil {
			t.Fatal(err)
		}
		read, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
		if err != nil || read.GetText() != link {
			t.Fatalf("%q is read as %v, %v", link, read, err)
		}
		if level := read.GetResultMetadata()[gozxing.ResultMetadataType_ERROR_CORRECTION_LEVEL]; level != "M" {
			t.Errorf("level %v", level)
		}
	}
}

// TestTheSVGHasTheSameModules draws the path again.
func TestTheSVGHasTheSameModules(t *testing.T) {
	t.Parallel()
	want, err := qrModules(qrLink)
	if err != nil {
		t.Fatal(err)
	}
	content, err := drawSVG(qrLink)
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(content, new(struct{})); err != nil {
		t.Fatal(err)
	}
	size := strconv.Itoa(len(want) + 8)
	if !bytes.Contains(content, []byte(`viewBox="0 0 `+size+` `+size+`"`)) {
		t.Errorf("not %s modules wide: %s", size, content[:200])
	}
	got := make([][]bool, len(want))
	for y := range got {
		got[y] = make([]bool, len(want))
	}
	for _, run := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-`).FindAllSubmatch(content, -1) {
		x, _ := strconv.Atoi(string(run[1]))
		y, _ := strconv.Atoi(string(run[2]))
		length, _ := strconv.Atoi(string(run[3]))
		for i := range length {
			got[y-4][x-4+i] = true
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
