package storage_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fanfare/fault"
	"fanfare/storage"
)

func TestPageSize(t *testing.T) {
	t.Parallel()
	for asked, want := range map[int]int{0: 20, 1: 1, 1000: 1000} {
		if got, err := storage.PageSize(asked); err != nil || got != want {
			t.Errorf("PageSize(%d) = %d, %v; want %d", asked, got, err, want)
		}
	}
	for _, asked := range []int{-1, 1001, 1 << 40} {
		_, err := storage.PageSize(asked)
		wantField(t, err, "limit")
	}
}

func TestNewPage(t *testing.T) {
	t.Parallel()
	rows := []int{9, 8, 7}
	for _, c := range []struct {
		rows []int
		size int
		want storage.Page[int]
	}{
		{nil, 2, storage.Page[int]{Items: []int{}}},
		{rows, 3, storage.Page[int]{Items: rows}},
		{rows, 2, storage.Page[int]{Items: []int{9, 8}, NextCursor: "8"}},
	} {
		got := storage.NewPage(c.rows, c.size, strconv.Itoa)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%v by %d: %s", c.rows, c.size, diff)
		}
	}
}

func TestCursorsComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.Rune().Filter(func(r rune) bool { return r != 0 }))
		parts := rapid.SliceOfN(text, 2, 5).Draw(t, "parts")
		got, err := storage.DecodeCursor(storage.EncodeCursor(parts...), len(parts))
		if diff := cmp.Diff(parts, got); err != nil || diff != "" {
			t.Fatal(err, diff)
		}
		if _, err := storage.DecodeCursor(storage.EncodeCursor(parts...), len(parts)+1); !fault.Is(err, fault.Invalid) {
			t.Fatalf("a cursor of %d parts was taken for more: %v", len(parts), err)
		}
	})
}

func TestIDCursors(t *testing.T) {
	t.Parallel()
	if id, err := storage.DecodeIDCursor(""); id != 0 || err != nil {
		t.Errorf("no cursor: %d, %v", id, err)
	}
	if id, err := storage.DecodeIDCursor(storage.EncodeIDCursor(1 << 40)); id != 1<<40 || err != nil {
		t.Errorf("came back as %d, %v", id, err)
	}
	for _, bad := range []string{
		"12", "!", ".", "MTI=", "MTI\n", storage.EncodeCursor("x"), storage.EncodeCursor("0"), storage.EncodeCursor("-1"),
		storage.EncodeCursor("9223372036854775808"), storage.EncodeCursor("1", "2"),
	} {
		_, err := storage.DecodeIDCursor(bad)
		wantField(t, err, "cursor")
	}
}

func FuzzDecodeCursor(f *testing.F) {
	for _, seed := range []string{"", ".", "MTI", "MTI.eHg", "!!", "AA", "_w", "MR", "MTI=\n"} {
		f.Add(seed, 1)
		f.Add(seed, 2)
	}
	f.Fuzz(func(t *testing.T, cursor string, parts int) {
		parts %= 5
		values, err := storage.DecodeCursor(cursor, parts)
		if err != nil {
			wantField(t, err, "cursor")
			return
		}
		if again := storage.EncodeCursor(values...); again != cursor {
			t.Errorf("%q was read as %q, which is written %q", cursor, values, again)
		}
		if all := strings.Join(values, ""); !utf8.ValidString(all) || strings.ContainsRune(all, 0) {
			t.Errorf("%q gave %q, which PostgreSQL does not take", cursor, values)
		}
	})
}

func wantField(t *testing.T, err error, location string) {
	t.Helper()
	var e *fault.Error
	if !errors.As(err, &e) || e.Kind != fault.Invalid || len(e.Fields) != 1 || e.Fields[0].Location != location {
		t.Errorf("got %v, want Invalid naming %s", fmt.Sprint(err), location)
	}
}
