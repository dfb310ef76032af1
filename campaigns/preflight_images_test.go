package campaigns

import (
	"errors"
	"slices"
	"testing"

	"fanfare/connectors"
	"fanfare/media"
	"fanfare/storage/storagetest"
)

func TestImageFindings(t *testing.T) {
	t.Parallel()
	one, two := "1", "2"
	open := []Delivery{
		{ID: 1, PostID: 1, Network: connectors.Twitter, State: Scheduled, Images: 1},
		{ID: 2, PostID: 1, Network: connectors.Weibo, State: Scheduled, Images: 1},
		{ID: 3, PostID: 2, Network: connectors.Weibo, State: Scheduled, Images: 1},
		{ID: 4, PostID: 3, Network: connectors.Twitter, State: Scheduled},
	}
	known := map[string]media.Image{one: {Hash: one, ContentType: "image/png", Bytes: 9}, two: {Hash: two, ContentType: "image/png", Bytes: 9}}
	for name, test := range map[string]struct {
		alt     string
		missing map[string]bool
		err     error
		more    []PostMedia
		want    []string
	}{
		"well":             {alt: "A", want: []string{"images_ok"}},
		"not described":    {want: []string{"images_ok", "alt_missing"}}, // once, and not for Weibo alone
		"lost":             {alt: "A", missing: map[string]bool{one: true}, want: []string{"image_missing"}},
		"refused":          {alt: "A", more: []PostMedia{{PostID: 1, Hash: two, AltText: "B"}}, want: []string{"images_refused"}},
		"a store is away":  {alt: "A", err: errors.New("no route"), want: []string{"images_silent"}},
		"nothing attached": {alt: "-", want: nil},
	} {
		b := briefing{deliveries: open, images: attachments{known: known, byPost: map[int64][]PostMedia{
			1: append([]PostMedia{{PostID: 1, Hash: one, AltText: test.alt}}, test.more...), 2: {{PostID: 2, Hash: two}},
		}}}
		if test.alt == "-" {
			b.deliveries = open[3:]
		}
		networks := map[string]connectors.Network{connectors.Twitter: &fakeNetwork{name: connectors.Weibo}, connectors.Weibo: &fakeNetwork{}} // the first takes one image
		var got []string
		for _, f := range b.imageFindings(networks, test.missing, test.err) {
			got = append(got, f.Code)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// TestPreflightLooksForImages: a row whose content is gone is no image.
func TestPreflightLooksForImages(t *testing.T) {
	t.Parallel()
	pictured(t, func(t *testing.T, d *desk, _ *storagetest.Clock, id int64) {
		if _, found := d.preflight(t); found["images_ok"].Code == "" || found["alt_missing"].Code != "" {
			t.Errorf("%+v", found)
		}
		empty, err := media.OpenStore("", t.TempDir())
		must(t, err)
		d.media = media.New(d.db, empty)
		if _, found := d.preflight(t); found["image_missing"].Verdict != VerdictProblem {
			t.Errorf("%+v", found)
		}
	})
}
