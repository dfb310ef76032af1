package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"fanfare/accounts"
	"fanfare/community"
)

// idea stores an idea of an author.
func (h *harness) idea(author accounts.Actor, title string, tags ...string) int64 {
	h.t.Helper()
	idea, err := h.community.SubmitIdea(h.t.Context(), author, community.IdeaDraft{Title: title, Body: "Because **of that**.", Tags: tags})
	h.must(err)
	return idea.Number
}

func TestTheForumIsEmptyAtFirst(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	b := h.browser()
	b.wants(200, "What should come next?", `href="/ideas/new"`)(b.get("/ideas"))
	b.wants(200, "No idea matches", `href="/ideas"`)(b.get("/ideas?q=nothing"))
}

func TestIdeasList(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	author := h.person("author@example.com", accounts.Fan)
	h.idea(author, "A battery for two days <script>", "battery")
	for i := range 9 {
		h.idea(author, fmt.Sprintf("Another colour, number %d", i), "colour")
	}
	more := h.person("more@example.com", accounts.Fan)
	for i := range 10 {
		h.idea(more, fmt.Sprintf("A better camera, number %d", i))
	}
	h.idea(h.person("last@example.com", accounts.Fan), "Last of all the ideas")

	b := h.browser()
	status, body, _ := b.get("/ideas?sort=recent")
	if n := strings.Count(body, `class="idea-row`); status != 200 || n != 20 {
		t.Fatalf("status %d, %d ideas on the first page", status, n)
	}
	if strings.Contains(body, "<script>") && strings.Contains(body, "days <script>") {
		t.Error("a title came through as HTML")
	}
	next := between(t, body, `rel="next" href="`, `"`)
	b.wants(200, "A battery for two days &lt;script&gt;", "Back to the start")(b.get(strings.ReplaceAll(next, "&amp;", "&")))
	b.wants(200, "A battery for two days")(b.get("/ideas?q=battery"))
	b.wants(200, "A battery for two days", `aria-current="true" href="/ideas"`)(b.get("/ideas?tag=battery"))
	for _, sort := range []string{"top", "trending", "recent", "discussed"} {
		b.wants(200, `class="idea-row`)(b.get("/ideas?sort=" + sort))
	}
	b.wants(422)(b.get("/ideas?sort=nonsense"))
	b.wants(422)(b.get("/ideas?status=nonsense"))
	b.wants(422)(b.get("/ideas?cursor=nonsense"))
	b.wants(403)(b.get("/ideas?hidden=1"))
}

func between(t testing.TB, text, before, after string) string {
	t.Helper()
	_, text, found := strings.Cut(text, before)
	text, _, ended := strings.Cut(text, after)
	if !found || !ended {
		t.Fatalf("nothing between %q and %q", before, after)
	}
	return text
}

func TestLinksOfTheListKeepTheRest(t *testing.T) {
	t.Parallel()
	list := ideaList{Query: community.Query{Sort: community.Recent, Tag: "a&b", Q: "x y", Cursor: "c"}}
	for _, test := range []struct {
		name  string
		value any
		want  string
	}{
		{"sort", community.Top, "/ideas?q=x+y&tag=a%26b"},
		{"tag", "", "/ideas?q=x+y&sort=recent"},
		{"status", community.Open, "/ideas?q=x+y&sort=recent&status=open&tag=a%26b"},
		{"cursor", "d", "/ideas?cursor=d&q=x+y&sort=recent&tag=a%26b"},
	} {
		if got := list.Link(test.name, test.value); got != test.want {
			t.Errorf("%s=%v: %s, want %s", test.name, test.value, got, test.want)
		}
	}
	if got := (ideaList{Query: community.Query{Sort: community.Top}}).Link("sort", community.Top); got != "/ideas" {
		t.Errorf("the plain list is %s", got)
	}
}

func TestSubmittingAnIdea(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.idea(h.person("author@example.com", accounts.Fan), "A battery that lasts for two days", "battery")
	b, _ := h.signedIn(accounts.Fan)
	b.wants(200, `name="title"`, "Markdown")(b.get("/ideas/new"))
	b.wants(200, "A battery that lasts for two days", "1 vote")(b.get("/ideas/similar?title=battery+for+days"))
	b.wants(422, "Please write at least 3 characters", `value="4G"`, "&lt;b&gt;kept&lt;/b&gt;")(
		b.post("/ideas/new", url.Values{"title": {"4G"}, "body": {"<b>kept</b>"}, "tags": {"x"}}))
	b.wants(422, "A tag has 1 to 30 letters", `value="a_b"`, "A battery that lasts for two days")(
		b.post("/ideas/new", url.Values{"title": {"battery"}, "tags": {"a_b"}}))

	form := url.Values{"title": {"希望相机可以手动调节"}, "body": {"夜景"}, "tags": {"相机，night mode"}, "locale": {"zh-Hans"}}
	b.wants(303, "Location: /ideas/2\n")(b.post("/ideas/new", form))
	b.wants(200, `<h1 lang="zh-Hans">希望相机可以手动调节</h1>`, "night-mode", "Your idea is online", `aria-pressed="true"`)(b.get("/ideas/2"))
	b.wants(409, "You sent this idea a moment ago.")(b.post("/ideas/new", form))
}

func TestSplitTags(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", " , ,": "", "a,b": "a|b", "相机，软件、夜景": "相机|软件|夜景", "dark mode; #night": "dark-mode|night",
	} {
		if got := strings.Join(splitTags(text), "|"); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}

func TestVoting(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	number := h.idea(h.person("author@example.com", accounts.Fan), "A battery that lasts for two days")
	back := url.Values{"back": {"/ideas?sort=recent"}}

	stranger := h.browser()
	stranger.wants(200, `href="/sign-in?next=/ideas/1"`)(stranger.get("/ideas"))
	stranger.wants(303, "Location: /sign-in?next=%2Fideas%3Fsort%3Drecent\n")(stranger.post("/ideas/1/vote", back))
	stranger.wants(303, "Location: /sign-in?next=%2Fideas%2F1%2Fvote\n")(stranger.post("/ideas/1/vote", nil))

	fan, _ := h.signedIn(accounts.Fan)
	fan.wants(303, "Location: /ideas/1\n")(fan.get("/ideas/1/vote")) // back from sign-in
	fan.wants(200, `action="/ideas/1/vote"`, `aria-pressed="false"`)(fan.get("/ideas/1"))
	fan.wants(303, "Location: /ideas?sort=recent#vote-1\n")(fan.post("/ideas/1/vote", back))
	fan.wants(303)(fan.post("/ideas/1/vote", back)) // twice is once
	fan.wants(200, `action="/ideas/1/unvote"`, ">2 votes<")(fan.get("/ideas/1"))
	fan.wants(303, "Location: /ideas/1#vote-1\n")(fan.post("/ideas/1/unvote", url.Values{"back": {"//evil.example"}}))

	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+"/ideas/1/vote", strings.NewReader(back.Encode()))
	h.must(err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("X-Fragment", "vote")
	status, body, _ := fan.send(request)
	fan.wants(200, ">2 votes<", `name="back" value="/ideas?sort=recent"`)(status, body, "")
	if strings.Contains(body, "<html") {
		t.Error("a script gets the whole page")
	}

	_, err = h.community.SetStatus(t.Context(), accounts.System(), number, community.Declined, "")
	if err == nil {
		fan.wants(409, "Voting on this idea is closed.")(fan.post("/ideas/1/vote", nil))
	}
	fan.wants(404)(fan.post("/ideas/99/vote", nil))
	fan.wants(404)(fan.post("/ideas/x/vote", nil))
}

func TestCommenting(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.idea(h.person("author@example.com", accounts.Fan), "A battery that lasts for two days")
	h.browser().wants(200, "No comments yet", `href="/sign-in?next=%2Fideas%2F1"`)(h.browser().get("/ideas/1"))
	fan, _ := h.signedIn(accounts.Fan)
	fan.wants(422, "Please write at least 1 characters")(fan.post("/ideas/1/comments?lang=en", url.Values{"body": {"  "}}))
	long := strings.Repeat("x", 4001)
	fan.wants(422, "Please write at most 4000 characters", long)(fan.post("/ideas/1/comments", url.Values{"body": {long}}))
	fan.wants(303, "Location: /ideas/1#comment-1\n")(fan.post("/ideas/1/comments", url.Values{"body": {"**Yes** <img src=x onerror=alert(1)>"}}))
	fan.wants(200, "1 comment", "<strong>Yes</strong>", `id="comment-1"`)(fan.get("/ideas/1"))
	if _, body, _ := fan.get("/ideas/1"); strings.Contains(body, "onerror") {
		t.Error("a comment came through as HTML")
	}
	fan.wants(404)(fan.post("/ideas/99/comments", url.Values{"body": {"hello"}}))
}

func TestALongDiscussionShowsItsEnd(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	author := h.person("author@example.com", accounts.Fan)
	h.idea(author, "A battery that lasts for two days")
	author.KeyID = 1 // known: the daily limit is against strangers
	for i := range shownComments + 2 {
		_, err := h.community.AddComment(t.Context(), author, 1, fmt.Sprintf("comment-no-%d.", i))
		h.must(err)
	}
	b := h.browser()
	status, body, _ := b.get("/ideas/1")
	b.wants(200, "Show 2 earlier comments", "comment-no-2.", fmt.Sprintf("comment-no-%d.", shownComments+1))(status, body, "")
	if strings.Contains(body, "comment-no-1.") {
		t.Error("more than the last comments are shown")
	}
	b.wants(200, "comment-no-0.")(b.get("/ideas/1?comments=all"))
}

func TestModeration(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	author := h.person("author@example.com", accounts.Fan)
	number := h.idea(author, "Something rude in the title")
	comment, err := h.community.AddComment(t.Context(), author, number, "Something rude below it")
	h.must(err)
	fan, _ := h.signedIn(accounts.Fan)
	moderator, _ := h.signedIn(accounts.Moderator)
	hide, show := url.Values{"hidden": {"true"}}, url.Values{"hidden": {"false"}}

	if _, body, _ := fan.get("/ideas/1"); strings.Contains(body, "/hide") {
		t.Error("a fan sees the moderators' buttons")
	}
	fan.wants(403)(fan.post("/ideas/1/hide", hide))
	moderator.wants(303, fmt.Sprintf("Location: /ideas/1#comment-%d\n", comment.ID))(moderator.post(fmt.Sprintf("/ideas/1/comments/%d/hide", comment.ID), hide))
	if _, body, _ := fan.get("/ideas/1"); strings.Contains(body, "rude below") {
		t.Error("a hidden comment is seen")
	}
	moderator.wants(303, "Location: /ideas/1\n")(moderator.post("/ideas/1/hide", hide))
	fan.wants(404)(fan.get("/ideas/1"))
	moderator.wants(200, "Hidden", "Show again", "rude below")(moderator.get("/ideas/1"))
	moderator.wants(200, "Something rude")(moderator.get("/ideas?hidden=1"))
	moderator.wants(303)(moderator.post("/ideas/1/hide", show))
	fan.wants(200, "Something rude")(fan.get("/ideas/1"))
}

func TestOfficialAnswer(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.idea(h.person("author@example.com", accounts.Fan), "A battery that lasts for two days")
	fan, _ := h.signedIn(accounts.Fan)
	product, _ := h.signedIn(accounts.Product)
	answer := url.Values{"status": {"planned"}, "response": {"We are **on it**."}}

	fan.wants(403)(fan.post("/ideas/1/status", answer))
	product.wants(422, "There is no such status.", "We are **on it**.")(product.post("/ideas/1/status", url.Values{"status": {"maybe"}, "response": {"We are **on it**."}}))
	product.wants(303, "Location: /ideas/1\n")(product.post("/ideas/1/status", answer))
	fan.wants(200, "Official answer", "We are <strong>on it</strong>.", "Planned")(fan.get("/ideas/1"))
	fan.wants(200, "Planned")(fan.get("/ideas?status=planned"))
}

// TestEveryForumPageInEveryLanguage renders each once: a template that fails
// does so in one language alone when a plural form is missing.
func TestEveryForumPageInEveryLanguage(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.idea(h.person("author@example.com", accounts.Fan), "A battery that lasts for two days", "battery")
	b, _ := h.signedIn(accounts.Admin)
	for _, locale := range accounts.Locales {
		for _, path := range []string{"/ideas?", "/ideas?q=none&", "/ideas/1?", "/ideas/new?", "/preferences?"} {
			b.wants(200, `<html lang="`+locale+`"`)(b.get(path + "lang=" + locale))
		}
		for _, path := range []string{"/sign-in?", "/sign-up?"} {
			h.browser().wants(200, `<html lang="`+locale+`"`)(h.browser().get(path + "lang=" + locale))
		}
	}
}
