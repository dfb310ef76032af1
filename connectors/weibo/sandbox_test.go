package weibo_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fanfare/connectors"
	"fanfare/connectors/sandbox"
	"fanfare/connectors/weibo"
)

func kindOf(err error) connectors.ErrorKind {
	var e *connectors.Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

func TestPublishedPageCanBeOpened(t *testing.T) {
	t.Parallel()
	h := setup(t)
	receipt, err := h.Network.Publish(t.Context(), h.Credentials, h.Post(1))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Get(receipt.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || !strings.Contains(string(page), h.Post(1).Link) {
		t.Errorf("%s: status %d, %v, without the link", receipt.URL, response.StatusCode, err)
	}
}

// TestRepeatedWordsAreADuplicate holds though the link differs: Weibo looks at
// the words.
func TestRepeatedWordsAreADuplicate(t *testing.T) {
	t.Parallel()
	h := setup(t)
	first := h.Post(1)
	second := first
	second.Link = "https://" + shop + "/r/zzzzzzzzzzzz"
	second.Text = strings.ReplaceAll(first.Text, first.Link, second.Link)
	if _, err := h.Network.Publish(t.Context(), h.Credentials, first); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Network.Publish(t.Context(), h.Credentials, second); kindOf(err) != connectors.KindDuplicate {
		t.Errorf("got %v, want a duplicate", err)
	}
}

func TestPostPushedOutOfTheTimelineStaysOpen(t *testing.T) {
	t.Parallel()
	h := setup(t)
	since := h.Clock.Now()
	for number := range 6 {
		if _, err := h.Network.Publish(t.Context(), h.Credentials, h.Post(number)); err != nil {
			t.Fatal(err)
		}
	}
	_, found, err := h.Network.Find(t.Context(), h.Credentials, h.Post(0), since)
	if found || kindOf(err) != connectors.KindUnknown {
		t.Errorf("pushed out: found %v, %v", found, err)
	}
	if _, found, err := h.Network.Find(t.Context(), h.Credentials, h.Post(1), since); !found || err != nil {
		t.Errorf("the oldest in reach: found %v, %v", found, err)
	}
}

func TestExpiredTokenNeedsAPerson(t *testing.T) {
	t.Parallel()
	h := setup(t)
	h.Clock.Advance(31 * 24 * time.Hour)
	_, err := h.Network.Publish(t.Context(), h.Credentials, h.Post(1))
	if kindOf(err) != connectors.KindAttention {
		t.Errorf("Publish: %v", err)
	}
	if _, err := h.Network.Verify(t.Context(), h.Credentials); kindOf(err) != connectors.KindAttention {
		t.Errorf("Verify: %v", err)
	}
}

// TestNoValidTextIsRefused sends what Check lets through to sandboxes of both
// readings of https, which count with code of their own.
func TestNoValidTextIsRefused(t *testing.T) {
	t.Parallel()
	const token = "2.00token"
	now := time.Date(2012, 8, 16, 12, 0, 0, 0, time.UTC)
	network := weibo.New(weibo.Options{Now: func() time.Time { return now }})
	piece := rapid.OneOf(
		rapid.StringOfN(rapid.RuneFrom([]rune("aé米🎉 \r\n#.:")), 0, 60, -1),
		rapid.StringMatching(`https?://(shop\.example\.cn|www\.shop\.example\.cn|a\.cn)/[a-z0-9/?&=]{0,30}`),
		rapid.SampledFrom([]string{"http://", "HTTPS://Shop.Example.CN/1 ", strings.Repeat("米", 100), "https://" + shop + "/" + strings.Repeat("x", 200)}),
	)
	rapid.Check(t, func(t *rapid.T) {
		glue := rapid.SampledFrom([]string{"", " "}).Draw(t, "glue")
		text := strings.Join(rapid.SliceOfN(piece, 0, 6).Draw(t, "pieces"), glue)
		valid := network.Check(text, shop).Valid
		refusals := 0
		for _, httpsAsText := range []bool{false, true} {
			remote := sandbox.NewWeibo(sandbox.WeiboOptions{Clock: func() time.Time { return now }, HTTPSAsText: httpsAsText})
			remote.AddAccount(sandbox.WeiboAccount{AccessToken: token, SafeDomain: shop})
			form := url.Values{"access_token": {token}, "rip": {"203.0.113.7"}, "status": {text}}
			request := httptest.NewRequest("POST", "/2/statuses/share.json", strings.NewReader(form.Encode()))
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			answer := httptest.NewRecorder()
			remote.ServeHTTP(answer, request)
			if answer.Code != http.StatusOK {
				refusals++
			}
		}
		// Links that run into one another may count more than need be.
		strict := glue == "" && !valid
		if valid != (refusals == 0) && !strict {
			t.Fatalf("%q: valid %v, but %d of 2 sandboxes refuse it", text, valid, refusals)
		}
	})
}
