package web

import (
	"fmt"
	"net/http"
	"testing"

	"fanfare/accounts"
)

func TestKillSwitchesOverTheAPI(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	s := h.launch()
	post := h.schedule(s, "The Mi 2 is here: {link}")
	account := post["deliveries"].([]any)[0].(map[string]any)["account_id"]
	key := h.key(accounts.Marketing)
	for _, path := range []string{
		"/api/v1/", fmt.Sprintf("/api/v1/campaigns/%d/", s.campaign),
		fmt.Sprintf("/api/v1/accounts/%v/", account), fmt.Sprintf("/api/v1/posts/%v/", post["id"]),
	} {
		for _, word := range []string{"pause", "pause", "resume", "resume"} { // twice is once
			status, answer := h.call(key, "POST", path+word, nil)
			if status != http.StatusOK || answer["paused"] != (word == "pause") || (answer["since"] != nil) != (word == "pause") {
				t.Errorf("%s%s: %d %v", path, word, status, answer)
			}
		}
		if status, _ := h.call(h.key(accounts.Fan), "POST", path+"pause", nil); status != http.StatusForbidden {
			t.Errorf("%spause by a fan: %d", path, status)
		}
	}
	for _, path := range []string{"/api/v1/campaigns/99/pause", "/api/v1/accounts/99/resume", "/api/v1/posts/99/pause"} {
		if status, answer := h.call(key, "POST", path, nil); status != http.StatusNotFound {
			t.Errorf("%s: %d %v", path, status, answer)
		}
	}
}

func TestRescheduleOverTheAPI(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	post := h.schedule(h.launch(), "The Mi 2 is here: {link}")
	key := h.key(accounts.Marketing)
	path := fmt.Sprintf("/api/v1/posts/%v/", post["id"])
	status, moved := h.call(key, "POST", path+"reschedule", map[string]any{"due_at": "2012-08-20T18:00:00+08:00"})
	if status != http.StatusOK || moved["due_at"] != "2012-08-20T10:00:00Z" || moved["deliveries"].([]any)[1].(map[string]any)["due_at"] != "2012-08-20T10:00:00Z" {
		t.Errorf("%d %v", status, moved)
	}
	if status, answer := h.call(key, "POST", path+"reschedule", map[string]any{"due_at": "2011-01-01T00:00:00Z"}); status != http.StatusUnprocessableEntity {
		t.Errorf("into the past: %d %v", status, answer)
	}
	if status, _ := h.call(key, "POST", path+"cancel", nil); status != http.StatusOK {
		t.Fatal(status)
	}
	if status, answer := h.call(key, "POST", path+"reschedule", map[string]any{"due_at": "2012-08-21T10:00:00Z"}); status != http.StatusConflict {
		t.Errorf("what is cancelled: %d %v", status, answer)
	}
}
