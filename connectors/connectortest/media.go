package connectortest

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"fanfare/connectors"
	"fanfare/connectors/sandbox"
)

// Image makes a small PNG; each number is another one.
func Image(number int) connectors.Image {
	picture := image.NewPaletted(image.Rect(0, 0, 4, 4), color.Palette{color.Gray{Y: uint8(number)}, color.White})
	var content bytes.Buffer
	if err := png.Encode(&content, picture); err != nil {
		panic(err) // memory takes it
	}
	return withContent("image/png", content.Bytes(), fmt.Sprintf("Picture %d, 图片", number))
}

// GIF makes a GIF with so many bytes of comment in it.
func GIF(comment int) connectors.Image {
	var content bytes.Buffer
	if err := gif.Encode(&content, image.NewPaletted(image.Rect(0, 0, 4, 4), color.Palette{color.Black, color.White}), nil); err != nil {
		panic(err)
	}
	whole := content.Bytes()
	end := whole[len(whole)-1] // the trailer, behind which nothing is read
	whole = whole[:len(whole)-1]
	for ; comment > 0; comment -= 255 {
		whole = append(whole, 0x21, 0xFE, 255) // a comment, section 24 of the GIF89a specification
		whole = append(whole, make([]byte, 255)...)
		whole = append(whole, 0)
	}
	return withContent("image/gif", append(whole, end), "A GIF")
}

func withContent(kind string, content []byte, alt string) connectors.Image {
	return connectors.Image{Type: kind, Bytes: int64(len(content)), AltText: alt, Content: content}
}

// attach hands images over, and gives the post with them.
func (h Harness) attach(t *testing.T, post connectors.Post, images ...connectors.Image) connectors.Post {
	t.Helper()
	for _, image := range images {
		up, err := h.Network.Upload(t.Context(), h.Credentials, image)
		if err != nil {
			t.Fatal(err)
		}
		if h.Ahead != (up.RemoteID != "") || h.Ahead && !up.ExpiresAt.After(h.Clock.Now().Add(time.Hour)) {
			t.Fatalf("uploaded as %+v", up)
		}
		if image.RemoteID = up.RemoteID; h.Ahead {
			image.Content = nil
		}
		post.Images = append(post.Images, image)
	}
	return post
}

func publishesImages(t *testing.T, h Harness) {
	var images []connectors.Image
	for i := range h.MaxImages {
		images = append(images, Image(i))
	}
	size := 0
	if h.Ahead {
		size = 9 << 20 // more than one request takes
	}
	for number, set := range [][]connectors.Image{images, {GIF(size)}, {withContent("image/png", Image(9).Content, "")}} {
		if problems := h.Network.CheckMedia(set); len(problems) > 0 {
			t.Errorf("CheckMedia says %+v", problems)
		}
		receipt, err := h.Network.Publish(t.Context(), h.Credentials, h.attach(t, h.Post(number), set...))
		if err != nil {
			t.Fatal(err)
		}
		h.sameReceipt(t, receipt, h.Posts()[number])
		var got []connectors.Image
		for _, p := range h.Posts()[number].Pictures {
			got = append(got, connectors.Image{Type: p.Type, Bytes: int64(p.Bytes), AltText: p.AltText, Content: p.Content()})
		}
		for i := range set {
			if !h.Ahead {
				set[i].AltText = ""
			}
		}
		if diff := gocmp.Diff(set, got, gocmp.Comparer(bytes.Equal)); diff != "" {
			t.Errorf("images sent (-) and received (+): %s", diff)
		}
	}
}

func checksImages(t *testing.T, h Harness) {
	many := make([]connectors.Image, h.MaxImages+1)
	for i := range many {
		many[i] = Image(i)
	}
	heavy, strange := Image(1), Image(1)
	heavy.Bytes, strange.Type = 5_000_001, "image/tiff"
	for name, images := range map[string][]connectors.Image{
		"too many": many, "too heavy": {heavy}, "of a strange type": {strange}, "a GIF and another": {GIF(0), Image(1)},
	} {
		problems := h.Network.CheckMedia(images)
		if len(problems) == 0 {
			t.Errorf("%s: no problem", name)
		}
		for _, problem := range problems {
			if problem.Key == "" || problem.Message == "" {
				t.Errorf("%s: %+v", name, problem)
			}
		}
	}
	if problems := h.Network.CheckMedia(nil); len(problems) > 0 {
		t.Errorf("no image: %+v", problems)
	}
}

// survivesUploadFaults: whatever becomes of an upload, no post is out, and
// nobody is told that one might be.
func survivesUploadFaults(t *testing.T, h Harness) {
	if !h.Ahead {
		t.Skip("images travel with the post")
	}
	upload := func(network connectors.Network, image connectors.Image) error {
		_, err := network.Upload(t.Context(), h.Credentials, image)
		return err
	}
	for _, kind := range []sandbox.FaultKind{sandbox.Reset, sandbox.Timeout, sandbox.ServerError, sandbox.BadGateway,
		sandbox.Truncated, sandbox.RateLimited, sandbox.RateLimitedBare} {
		network := h.Network
		if kind == sandbox.Timeout {
			network = h.Impatient
		}
		for _, image := range []connectors.Image{Image(1), GIF(0)} {
			h.Fault(sandbox.Fault{Kind: kind, Call: sandbox.CallUpload})
			failed := h.failed(t, upload(network, image), connectors.KindRetry)
			if failed != nil && kind == sandbox.RateLimited && !failed.RetryAt.Equal(h.RetryAt()) {
				t.Errorf("try again at %v", failed.RetryAt)
			}
		}
	}
	h.Fault(sandbox.Fault{Kind: sandbox.Revoked, Call: sandbox.CallUpload})
	h.failed(t, upload(h.Network, Image(1)), connectors.KindAttention)
	h.failed(t, upload(h.Unreachable, Image(1)), connectors.KindRetry)
	h.failed(t, upload(h.Network, withContent("image/png", []byte("no image"), "")), connectors.KindRefused)
	if n := len(h.Posts()); n != 0 {
		t.Fatalf("%d posts are out", n)
	}
	post := h.attach(t, h.Post(1), Image(1), Image(2))
	h.Fault(sandbox.Fault{Kind: sandbox.RateLimitedBare, Call: sandbox.CallPublish})
	_, err := h.Network.Publish(t.Context(), h.Credentials, post)
	h.failed(t, err, connectors.KindRetry)
	if _, err := h.Network.Publish(t.Context(), h.Credentials, post); err != nil {
		t.Errorf("the same images once more: %v", err)
	}
}

func knowsForgottenImages(t *testing.T, h Harness) {
	if !h.Ahead {
		t.Skip("images travel with the post")
	}
	old := h.attach(t, h.Post(1), Image(1))
	h.Clock.Advance(25 * time.Hour)
	unknown := h.attach(t, h.Post(2), Image(1), Image(2))
	unknown.Images[1].RemoteID += "1"
	for _, post := range []connectors.Post{old, unknown} {
		_, err := h.Network.Publish(t.Context(), h.Credentials, post)
		if failed := h.failed(t, err, connectors.KindRetry); failed != nil && failed.Field != connectors.FieldImages {
			t.Errorf("the field is %q", failed.Field)
		}
	}
	if n := len(h.Posts()); n != 0 {
		t.Errorf("%d posts are out without their images", n)
	}
}

func findsPostWithImages(t *testing.T, h Harness) {
	since := h.Clock.Now()
	post := h.attach(t, h.Post(1), Image(1))
	for _, accepted := range []bool{false, true} {
		h.Fault(sandbox.Fault{Kind: sandbox.Reset, Accepted: accepted, Call: sandbox.CallPublish})
		_, err := h.Network.Publish(t.Context(), h.Credentials, post)
		h.failed(t, err, connectors.KindUnknown)
		if !accepted {
			h.absent(t, 1, since)
		}
	}
	h.found(t, 1, since, h.Posts()[0])
}
