package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/accounts"
	"fanfare/campaigns"
	"fanfare/connectors/connectortest"
)

// multipartOf makes a form of fields, each a name and a value, and of files.
func multipartOf(t testing.TB, fields [][2]string, name string, files ...[]byte) (contentType string, body *bytes.Buffer) {
	t.Helper()
	body = new(bytes.Buffer)
	w := multipart.NewWriter(body)
	for _, field := range fields {
		if err := w.WriteField(field[0], field[1]); err != nil {
			t.Fatal(err)
		}
	}
	for i, file := range files {
		part, err := w.CreateFormFile(name, fmt.Sprintf("picture-%d.png", i))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(file); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), body
}

// upload sends a body to POST /api/v1/media.
func (h *harness) upload(key, contentType string, body io.Reader) (int, map[string]any) {
	h.t.Helper()
	request, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.url+"/api/v1/media", body)
	h.must(err)
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("Authorization", "Bearer "+key)
	response, err := http.DefaultClient.Do(request)
	h.must(err)
	defer response.Body.Close()
	var answer map[string]any
	h.must(json.NewDecoder(response.Body).Decode(&answer))
	return response.StatusCode, answer
}

func TestMediaAPI(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	key := d.key(accounts.Marketing)
	image := connectortest.Image(1)
	send := func(name string, content []byte) (int, map[string]any) {
		contentType, body := multipartOf(t, [][2]string{{"note", "before it"}}, name, content)
		return d.upload(key, contentType, body)
	}
	status, answer := send("file", image.Content)
	hash, _ := answer["id"].(string)
	want := map[string]any{"id": hash, "content_type": "image/png", "bytes": float64(image.Bytes), "width": 4.0, "height": 4.0}
	if diff := cmp.Diff(want, answer); status != http.StatusCreated || diff != "" || len(hash) != 64 {
		t.Fatalf("%d: %s", status, diff)
	}
	if status, again := send("file", image.Content); status != http.StatusCreated || again["id"] != hash {
		t.Errorf("again: %d %v", status, again)
	}
	for name, wrong := range map[string]func() (int, map[string]any){
		"no image":      func() (int, map[string]any) { return send("file", []byte("<svg onload=alert(1)>")) },
		"another field": func() (int, map[string]any) { return send("picture", image.Content) },
		"no form":       func() (int, map[string]any) { return d.upload(key, "image/png", bytes.NewReader(image.Content)) },
		"half a form": func() (int, map[string]any) {
			return d.upload(key, "multipart/form-data; boundary=x", strings.NewReader("--x\r\nContent-Dis"))
		},
		"too large": func() (int, map[string]any) { return send("file", append(image.Content, make([]byte, 5_000_000)...)) },
	} {
		status, answer := wrong()
		text := fmt.Sprint(answer["errors"])
		if status != http.StatusUnprocessableEntity || !strings.Contains(text, "location:file") {
			t.Errorf("%s: %d %v", name, status, answer)
		}
	}
	status, post := d.call(key, "POST", "/api/v1/campaigns/1/posts", map[string]any{
		"text": "Look {link}", "accounts": []int64{d.x.ID, d.weibo.ID}, "due_at": d.clock.Now().Add(time.Hour),
		"media": []any{map[string]any{"id": hash, "alt_text": "A phone"}},
	})
	if diff := cmp.Diff([]any{map[string]any{"id": hash, "alt_text": "A phone"}}, post["media"]); status != http.StatusCreated || diff != "" {
		t.Errorf("%d: %s", status, diff)
	}
	_, other := send("file", connectortest.Image(2).Content)
	status, problem := d.call(key, "POST", "/api/v1/campaigns/1/posts", map[string]any{
		"text": "Two {link}", "accounts": []int64{d.weibo.ID}, "due_at": d.clock.Now().Add(time.Hour),
		"media": []any{map[string]any{"id": hash}, map[string]any{"id": other["id"]}},
	})
	if text := fmt.Sprint(problem["errors"]); status != 422 || !strings.Contains(text, "location:media") || !strings.Contains(text, "weibo account: Weibo takes one image") {
		t.Errorf("%d: %v", status, problem)
	}
}

func TestImagesAreShownToStaffAlone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	image, err := d.media.Upload(t.Context(), d.actor, bytes.NewReader(connectortest.Image(1).Content))
	d.must(err)
	path := "/media/" + image.Hash
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.url+path, nil)
	d.must(err)
	response, err := d.http.Do(request)
	d.must(err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	d.must(err)
	if response.StatusCode != 200 || !bytes.Equal(content, connectortest.Image(1).Content) {
		t.Errorf("%d with %d bytes", response.StatusCode, len(content))
	}
	for name, want := range map[string]string{
		"Content-Type": "image/png", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox",
		"Cache-Control": "private, max-age=31536000, immutable", "Cross-Origin-Resource-Policy": "same-origin",
	} {
		if got := response.Header.Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	fan, _ := d.signedIn(accounts.Fan)
	for who, test := range map[string]struct {
		browser *browser
		path    string
		want    int
	}{
		"a stranger": {d.harness.browser(), path, 303}, "a fan": {fan, path, 403},
		"nothing there": {d.browser, "/media/" + strings.Repeat("a", 64), 404}, "no hash": {d.browser, "/media/..%2f..%2fsecret.key", 404},
	} {
		if status, _, _ := test.browser.get(test.path); status != test.want {
			t.Errorf("%s: %d", who, status)
		}
	}
}

// postFiles sends the composer's form with files.
func (d *desk) postFiles(path string, fields [][2]string, files ...[]byte) (int, string, string) {
	d.t.Helper()
	contentType, body := multipartOf(d.t, fields, "files", files...)
	request, err := http.NewRequestWithContext(d.t.Context(), http.MethodPost, d.url+path, body)
	d.must(err)
	request.Header.Set("Content-Type", contentType)
	return d.send(request)
}

func TestComposerKeepsImages(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	first, second := connectortest.Image(1).Content, connectortest.Image(2).Content
	one, err := d.media.Upload(t.Context(), d.actor, bytes.NewReader(first))
	d.must(err)
	two, err := d.media.Upload(t.Context(), d.actor, bytes.NewReader(second))
	d.must(err)
	base := [][2]string{{"accounts", fmt.Sprint(d.x.ID)}, {"when", "at"}, {"due_at", "2012-08-17T20:00"}}
	with := func(more ...[2]string) [][2]string { return append(append([][2]string(nil), base...), more...) }
	hidden := func(hash string) string { return `<input type="hidden" name="media" value="` + hash + `">` }

	d.wants(200, `enctype="multipart/form-data"`, `type="file"`, ">Attach<")(d.get("/campaigns/1/posts/new"))
	// Attached, though nothing else is right yet.
	d.wants(200, hidden(one.Hash), `src="/media/`+one.Hash)(d.postFiles("/campaigns/1/posts/images", with([2]string{"text", "No link"}), first))
	// Wrong elsewhere: what was attached stays, with its text, and what came along joins it.
	d.wants(422, hidden(one.Hash), hidden(two.Hash), "A &lt;phone&gt;", "{link} exactly once")(d.postFiles("/campaigns/1/posts",
		with([2]string{"text", "No link"}, [2]string{"media", one.Hash}, [2]string{"alt_text", "A <phone>"}), second))
	// What is wrong with a file stands at the images, and costs neither them nor the text.
	d.wants(422, hidden(one.Hash), "This is no JPEG, PNG, GIF or WebP image.", "Go {link}")(d.postFiles("/campaigns/1/posts",
		with([2]string{"text", "Go {link}"}, [2]string{"media", one.Hash}, [2]string{"alt_text", ""}), []byte("a text")))
	d.wants(422, "This image is larger than 5 MB.")(d.postFiles("/campaigns/1/posts/images", with(), append(append([]byte(nil), first...), make([]byte, 5_000_000)...)))
	status, page, _ := d.postFiles("/campaigns/1/posts/images", with([2]string{"media", one.Hash}, [2]string{"alt_text", ""}, [2]string{"media", two.Hash}, [2]string{"alt_text", "kept"}, [2]string{"remove", one.Hash}))
	if status != 200 || strings.Contains(page, hidden(one.Hash)) || !strings.Contains(page, hidden(two.Hash)) || !strings.Contains(page, "kept") {
		t.Errorf("%d after removing one", status)
	}
	if posts, err := d.campaigns.CampaignPosts(t.Context(), 1); err != nil || len(posts) != 0 {
		t.Errorf("%d posts were made, %v", len(posts), err)
	}

	d.wants(303, "Location: /posts/1\n")(d.postFiles("/campaigns/1/posts",
		with([2]string{"text", "Go {link}"}, [2]string{"media", two.Hash}, [2]string{"alt_text", "Second,\r\nshown first"}), first))
	post, err := d.campaigns.Post(t.Context(), 1)
	d.must(err)
	want := []campaigns.PostMedia{{PostID: 1, Hash: two.Hash, AltText: "Second,\nshown first"}, {PostID: 1, Position: 1, Hash: one.Hash}}
	if diff := cmp.Diff(want, post.Media); diff != "" {
		t.Error(diff)
	}
	d.wants(200, `src="/media/`+one.Hash, "shown first", "No description", `class="pictures of2"`)(d.get("/posts/1"))
}

func TestComposerTellsWhatANetworkTakes(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	form := d.postForm("Go {link}")
	for i := range 2 {
		image, err := d.media.Upload(t.Context(), d.actor, bytes.NewReader(connectortest.Image(i).Content))
		d.must(err)
		form.Add("media", image.Hash)
		form.Add("alt_text", "")
	}
	d.wants(200, "Weibo takes one image with a post.", `class="pictures of2"`, `class="pictures of1"`)(d.post("/campaigns/1/posts/preview", form))
	d.wants(422, "Weibo takes one image with a post.")(d.post("/campaigns/1/posts", form))
	many := d.postForm("Go {link}")
	var files [][]byte
	for i := range 5 {
		files = append(files, connectortest.Image(i).Content)
	}
	d.wants(422, "A post can have 4 images at the most.")(d.postFiles("/campaigns/1/posts/images", [][2]string{{"text", many.Get("text")}}, files...))
}

func TestComposerOrdersImages(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	form := d.postForm("Go {link}")
	var hashes []string
	for i := range 3 {
		image, err := d.media.Upload(t.Context(), d.actor, bytes.NewReader(connectortest.Image(i).Content))
		d.must(err)
		hashes = append(hashes, image.Hash)
		form.Add("media", image.Hash)
		form.Add("alt_text", fmt.Sprintf("text %d", i))
	}
	order := func(button, hash string) (places []int) {
		sent := maps.Clone(form)
		sent.Set(button, hash)
		_, page, _ := d.post("/campaigns/1/posts/images", sent)
		for _, hash := range hashes {
			places = append(places, strings.Index(page, `name="media" value="`+hash))
		}
		for i := range hashes {
			if at := strings.Index(page, fmt.Sprintf("text %d</textarea>", i)); at < places[i] {
				t.Errorf("the text of image %d left it", i)
			}
		}
		return places
	}
	for _, test := range []struct {
		button string
		image  int
		want   []int
	}{
		{"earlier", 2, []int{0, 2, 1}}, {"later", 0, []int{1, 0, 2}},
		{"earlier", 0, []int{0, 1, 2}}, {"later", 2, []int{0, 1, 2}},
	} {
		places := order(test.button, hashes[test.image])
		got := []int{0, 1, 2}
		slices.SortFunc(got, func(a, b int) int { return places[a] - places[b] })
		if !slices.Equal(got, test.want) {
			t.Errorf("image %d %s: %v, want %v", test.image, test.button, got, test.want)
		}
	}
	d.wants(200, `aria-label="Move image 1 up" title="Move image 1 up" disabled`, `aria-label="Move image 3 down" title="Move image 3 down" disabled`)(
		d.post("/campaigns/1/posts/images", form))
}
