package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"fanfare/campaigns/orders"
)

func TestAttributionOverTheAPI(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	path := fmt.Sprintf("/api/v1/campaigns/%d", d.campaign.ID)
	status, answer := d.call(d.adminKey, "PATCH", path, map[string]any{"attribution_model": "linear", "attribution_window": "36h"})
	if status != http.StatusOK || answer["attribution_model"] != "linear" || answer["attribution_window"] != "36h" || answer["recomputing"] != true {
		t.Errorf("%d %v", status, answer)
	}
	if status, answer = d.call(d.adminKey, "GET", path, nil); status != http.StatusOK || answer["attribution_window"] != "36h" {
		t.Errorf("%d %v", status, answer)
	}
	if status, answer = d.call(d.adminKey, "PATCH", path, map[string]any{"attribution_window": "91 days"}); status != http.StatusUnprocessableEntity {
		t.Errorf("%d %v", status, answer)
	}
	if status, answer = d.call(d.adminKey, "POST", path+"/attribution/recompute", nil); status != http.StatusAccepted || answer["recomputing"] != true {
		t.Errorf("%d %v", status, answer)
	}
	status, answer = d.call(d.adminKey, "POST", "/api/v1/campaigns", map[string]any{"sale_id": d.sale.ID, "name": "First", "attribution_model": "first_touch"})
	if status != http.StatusCreated || answer["attribution_model"] != "first_touch" || answer["attribution_window"] != "720h" {
		t.Errorf("%d %v", status, answer)
	}
	order := orderBody("hk", "1")
	order["touches"] = []map[string]any{{"token": "nonsense", "at": "2012-08-15T03:00:00Z"}}
	if status, answer = d.call(d.adminKey, "POST", "/api/v1/orders", order); status != http.StatusCreated || answer["reason"] != "bad_token" {
		t.Errorf("%d %v", status, answer)
	}
	order["touches"] = []map[string]any{{"token": "nonsense", "at": "yesterday"}}
	status, answer = d.call(d.adminKey, "POST", "/api/v1/orders", order)
	if status != http.StatusUnprocessableEntity || !strings.Contains(fmt.Sprint(answer["errors"]), "touches[0].at") {
		t.Errorf("%d %v", status, answer)
	}
}

func TestTheCampaignPageChangesAttribution(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	path := fmt.Sprintf("/campaigns/%d", d.campaign.ID)
	_, body, _ := d.get(path)
	if !strings.Contains(body, `value="last_touch" checked`) || !strings.Contains(body, `name="attribution_window" value="30"`) {
		t.Error(body)
	}
	status, _, location := d.post(path+"/attribution", url.Values{"attribution_model": {"first_touch"}, "attribution_window": {"36"}, "window_unit": {"hours"}})
	if status != http.StatusSeeOther || location != path {
		t.Errorf("%d to %s", status, location)
	}
	c, err := d.campaigns.Campaign(t.Context(), d.campaign.ID)
	if text, _ := c.AttributionWindow.MarshalText(); err != nil || c.AttributionModel != orders.FirstTouch || string(text) != "36h" {
		t.Errorf("%+v, %v", c, err)
	}
	if _, body, _ = d.get(path); !strings.Contains(body, "counted anew") || !strings.Contains(body, `<option value="hours" selected>`) {
		t.Error(body)
	}
	for _, wrong := range []url.Values{
		{"attribution_model": {"first_touch"}, "attribution_window": {"91"}, "window_unit": {"days"}},
		{"attribution_model": {"first_touch"}, "attribution_window": {"99999999999999999999"}, "window_unit": {"days"}},
		{"attribution_model": {"first_touch"}, "attribution_window": {"1"}, "window_unit": {"years"}},
		{"attribution_model": {"first_touch"}, "attribution_window": {""}, "window_unit": {"days"}},
	} {
		status, body, _ := d.post(path+"/attribution", wrong)
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, "between a minute and 90 days") || !strings.Contains(body, `name="attribution_window" value="`+wrong.Get("attribution_window")+`"`) {
			t.Errorf("%v: %d", wrong, status)
		}
	}
}
