package connectortest

import (
	"net/url"
	"strings"
	"testing"

	"fanfare/connectors"
)

// recognizesOwn: the addresses that it writes lead back to the ids that it
// gives, however people copy them.
func recognizesOwn(t *testing.T, h Harness) {
	since := h.Clock.Now()
	receipt, err := h.Network.Publish(t.Context(), h.Credentials, h.Post(1))
	if err != nil {
		t.Fatal(err)
	}
	found, _, err := h.Network.Find(t.Context(), h.Credentials, h.Post(1), since)
	if err != nil || found.URL != receipt.URL {
		t.Errorf("found at %q, published at %q: %v", found.URL, receipt.URL, err)
	}
	page := h.Page(h.Identity, receipt.RemoteID)
	for _, address := range []string{
		receipt.URL, receipt.URL + "?s=20&t=abc", receipt.URL + "#comments", receipt.URL + "/", page, page + "/photo/1?s=20",
		strings.Replace(page, "http://", "https://", 1),
	} {
		got, problem := h.Network.Recognize(h.Identity, address)
		switch {
		case problem != nil:
			t.Errorf("%q: %s", address, problem.Message)
		case got.RemoteID != receipt.RemoteID || got.URL != receipt.URL:
			t.Errorf("%q: %q at %q, want %q at %q", address, got.RemoteID, got.URL, receipt.RemoteID, receipt.URL)
		case !got.CreatedAt.IsZero() && !got.CreatedAt.Equal(receipt.CreatedAt):
			t.Errorf("%q: made at %v, want %v", address, got.CreatedAt, receipt.CreatedAt)
		}
	}
}

// recognizesNoOther: what leads elsewhere, to nothing, or to a post of somebody
// else is refused, in a sentence.
func recognizesNoOther(t *testing.T, h Harness) {
	receipt, err := h.Network.Publish(t.Context(), h.Credentials, h.Post(1))
	if err != nil {
		t.Fatal(err)
	}
	page, err := url.Parse(h.Page(h.Identity, receipt.RemoteID))
	if err != nil {
		t.Fatal(err)
	}
	site := page.Scheme + "://" + page.Host
	somebody := connectors.Identity{RemoteID: h.Identity.RemoteID + "1", Handle: "somebody_else"}
	for _, address := range []string{
		"", "javascript:alert(1)", page.Host + page.Path, "//" + page.Host + page.Path, site, site + "/", site + "/" + receipt.RemoteID,
		"https://evil.example" + page.Path, "https://evil.example/?" + page.String(), site + "@evil.example" + page.Path,
		page.Scheme + "://me@" + page.Host + page.Path, site + ".evil.example" + page.Path, site + "0" + page.Path,
		page.String() + "x", strings.TrimSuffix(page.String(), receipt.RemoteID) + "1", page.String() + "00000",
		strings.ReplaceAll(page.String(), receipt.RemoteID, "0"+receipt.RemoteID), site + "/x" + page.Path,
		site + strings.ReplaceAll(page.Path, "/", "%2F"), h.Page(somebody, receipt.RemoteID), "https://evil.example/1",
	} {
		got, problem := h.Network.Recognize(h.Identity, address)
		if problem == nil {
			t.Errorf("%q was taken for %+v", address, got)
			continue
		}
		if problem.Key == "" || !strings.HasSuffix(problem.Message, ".") {
			t.Errorf("%q: %+v is no sentence to translate", address, problem)
		}
	}
}
