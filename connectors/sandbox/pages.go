package sandbox

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

//go:embed templates
var files embed.FS

var timelinePage = template.Must(template.ParseFS(files, "templates/timeline.html"))

// pagePost is a post as people see it.
type pagePost struct {
	ID, Name, Handle string
	Hue              int // of the avatar, in degrees
	At               time.Time
	Text             []segment
	Pictures         []pagePicture
	URL              string // of its own page
	Counts           []count
}

// Initials gives one or two letters for the avatar.
func (p pagePost) Initials() string {
	words := strings.Fields(p.Name)
	if len(words) == 0 {
		words = []string{p.Handle}
	}
	initials := firstRune(words[0])
	if len(words) > 1 {
		initials += firstRune(words[len(words)-1])
	}
	return strings.ToUpper(initials)
}

func firstRune(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	return s[:size]
}

// segment is a stretch of text, with Href when it is a link.
type segment struct{ Text, Href string }

// count is a figure under a post, such as its likes.
type count struct {
	Figure int
	Label  string
}

// timelineView is what the page shows.
type timelineView struct {
	Words   words
	Title   string
	Posts   []pagePost // newest first
	Total   int
	Single  bool // one post on a page of its own
	Refresh bool
}

// shownPosts is how many posts the page holds at most.
const shownPosts = 50

// servePages registers the timeline, the style sheet and the controls.
// singlePath is the pattern of a post's own page, with {id} in it.
func (f *frame) servePages(n network, singlePath string, kinds []FaultKind) {
	f.mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		posts := f.Posts()
		slices.Reverse(posts)
		view := timelineView{Words: wordsOf(n), Title: n.title(), Total: len(posts), Refresh: !r.URL.Query().Has("still")}
		for _, p := range posts[:min(len(posts), shownPosts)] {
			view.Posts = append(view.Posts, n.view(p))
		}
		render(w, view)
	})
	f.mux.HandleFunc("GET "+singlePath, func(w http.ResponseWriter, r *http.Request) {
		post, ok := f.find(r.PathValue("id"))
		if !ok {
			http.Error(w, "There is no such post in this sandbox.", http.StatusNotFound)
			return
		}
		render(w, timelineView{Words: wordsOf(n), Title: n.title(), Posts: []pagePost{n.view(post)}, Total: 1, Single: true})
	})
	f.mux.HandleFunc("GET /_sandbox/style.css", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, files, "templates/style.css")
	})
	f.mux.HandleFunc("GET /_sandbox/media/{id}", f.servePicture)
	f.serveControls(n, kinds)
}

func render(w http.ResponseWriter, view timelineView) {
	var page bytes.Buffer
	if err := timelinePage.Execute(&page, view); err != nil {
		http.Error(w, "The page could not be made: "+err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	_, _ = w.Write(page.Bytes())
}

// serveControls registers what lies under /_sandbox/.
func (f *frame) serveControls(n network, kinds []FaultKind) {
	f.mux.HandleFunc("GET /_sandbox/posts", func(w http.ResponseWriter, _ *http.Request) {
		items(f.Posts()).write(w)
	})
	f.mux.HandleFunc("GET /_sandbox/accounts", func(w http.ResponseWriter, _ *http.Request) {
		items(n.accountList()).write(w)
	})
	f.mux.HandleFunc("POST /_sandbox/accounts", controlled(func(body []byte) (answer, error) {
		account, err := n.addAccountJSON(body)
		return jsonAnswer(http.StatusCreated, account), err
	}))
	f.mux.HandleFunc("GET /_sandbox/faults", func(w http.ResponseWriter, _ *http.Request) {
		items(f.Faults.Pending()).write(w)
	})
	f.mux.HandleFunc("POST /_sandbox/faults", controlled(func(body []byte) (answer, error) {
		faults, err := parseFaults(body, kinds)
		f.Faults.Add(faults...)
		return answer{status: http.StatusNoContent}, err
	}))
	f.mux.HandleFunc("GET /_sandbox/limits", func(w http.ResponseWriter, _ *http.Request) {
		jsonAnswer(http.StatusOK, n.limits()).write(w)
	})
	f.mux.HandleFunc("PATCH /_sandbox/limits", controlled(func(body []byte) (answer, error) {
		err := setLimits(n, body)
		return jsonAnswer(http.StatusOK, n.limits()), err
	}))
	f.mux.HandleFunc("DELETE /_sandbox/faults", func(w http.ResponseWriter, _ *http.Request) {
		f.Faults.Clear()
		w.WriteHeader(http.StatusNoContent)
	})
}

// items answers with a list, which is never null.
func items[T any](list []T) answer {
	if list == nil {
		list = []T{}
	}
	return jsonAnswer(http.StatusOK, map[string]any{"items": list})
}

// controlled reads the body, and answers 400 with the reason when act refuses it.
func controlled(act func(body []byte) (answer, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			var a answer
			if a, err = act(body); err == nil {
				a.write(w)
				return
			}
		}
		status := http.StatusBadRequest
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			status = http.StatusRequestEntityTooLarge
		}
		jsonAnswer(status, map[string]any{
			"title": http.StatusText(status), "status": status,
			"detail": fmt.Sprintf("The sandbox did not understand this: %v.", err),
		}).write(w)
	}
}

// hue gives each account a colour of its own.
func hue(id string) int {
	h := uint32(2166136261) // FNV-1a, 32 bits
	for i := range len(id) {
		h = (h ^ uint32(id[i])) * 16777619
	}
	return int(h % 12 * 30)
}
