package sandbox

import (
	"bytes"
	"net/http"
	"strconv"
	"time"
)

// Picture is an image of a post, as its network received it.
type Picture struct {
	ID      string `json:"id"`
	Type    string `json:"type"` // told from the content
	Bytes   int    `json:"bytes"`
	AltText string `json:"alt_text,omitempty"`

	content []byte
}

// Content gives the bytes of the image.
func (p Picture) Content() []byte { return p.content }

// pagePicture is a picture as people see it.
type pagePicture struct{ URL, Alt string }

func pagePictures(pictures []Picture) (list []pagePicture) {
	for _, p := range pictures {
		list = append(list, pagePicture{"/_sandbox/media/" + p.ID, p.AltText})
	}
	return list
}

// newPicture looks at content; its type is none of the networks' where it is
// no image.
func newPicture(id string, content []byte) Picture {
	return Picture{ID: id, Type: http.DetectContentType(content), Bytes: len(content), content: content}
}

// servePicture shows a picture of a post that is out.
func (f *frame) servePicture(w http.ResponseWriter, r *http.Request) {
	for _, post := range f.Posts() {
		for _, p := range post.Pictures {
			if p.ID == r.PathValue("id") {
				w.Header().Set("Content-Type", p.Type)
				w.Header().Set("X-Content-Type-Options", "nosniff")
				w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
				http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(p.content))
				return
			}
		}
	}
	http.Error(w, "There is no such picture in this sandbox.", http.StatusNotFound)
}

// Grid is how a post's pictures are laid out: "of1" to "of4".
func (p pagePost) Grid() string { return "of" + strconv.Itoa(min(len(p.Pictures), 4)) }

// thumbnails is how Weibo tells of a post's pictures.
func thumbnails(pictures []Picture) []any {
	list := []any{}
	for _, p := range pagePictures(pictures) {
		list = append(list, map[string]any{"thumbnail_pic": p.URL})
	}
	return list
}
