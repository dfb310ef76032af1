package web

import (
	"testing"
	"time"

	"fanfare/campaigns"
	"fanfare/campaigns/reports"
	"fanfare/fault"
)

func TestRehearsalPages(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.wants(200, "Not rehearsed yet", `action="/campaigns/1/rehearsal"`)(d.get("/campaigns/1/rehearsal"))
	d.wants(503, "There are no rehearsals here.")(d.post("/campaigns/1/rehearsal", nil))
	status, _ := d.call(d.adminKey, "GET", "/api/v1/campaigns/1/rehearsal", nil)
	if status != 404 {
		t.Error(status)
	}

	late := 4.0
	now := d.clock.Now()
	running := reports.Rehearsal{CampaignID: 1, StartedAt: now, Stage: "posting", Speed: 60, Deliveries: []reports.RehearsedDelivery{
		{PostID: 1, Network: "twitter", Handle: "@mi_hk", Text: "Soon", DueAt: now, State: campaigns.Published, LatenessMS: &late},
		{PostID: 1, Network: "weibo", Handle: "小米手机", Text: "马上", DueAt: now, State: campaigns.Failed, Error: "Weibo refused it."},
	}}
	var last *reports.Rehearsal
	d.server.Rehearsal = func(int64) *reports.Rehearsal { return last }
	d.server.Rehearse = func(int64) error {
		if last != nil {
			return fault.New(fault.Conflict, "rehearsal.busy", "Another rehearsal is running. Please wait for its end.")
		}
		last = &running
		return nil
	}
	d.wants(303, "Location: /campaigns/1/rehearsal\n")(d.post("/campaigns/1/rehearsal", nil))
	d.wants(200, "The posts go out.", "1 of 2", `http-equiv="refresh"`, "Weibo refused it.")(d.get("/campaigns/1/rehearsal"))
	d.wants(409, "Another rehearsal is running.")(d.post("/campaigns/1/rehearsal", nil))

	over := running
	ended := now.Add(time.Minute)
	over.EndedAt, over.Stage, over.Lateness = &ended, "done", &reports.Lateness{P50: 4, Max: 4}
	last = &over
	d.wants(200, "It did not all go well.", "60 times as fast", "4 ms at most", "Rehearse again")(d.get("/campaigns/1/rehearsal"))
	last.OK = true
	d.wants(200, "It went well")(d.get("/campaigns/1/rehearsal"))
	status, answer := d.call(d.adminKey, "GET", "/api/v1/campaigns/1/rehearsal", nil)
	if status != 200 || answer["ok"] != true || answer["stage"] != "done" {
		t.Errorf("%d %v", status, answer)
	}
	d.wants(404)(d.get("/campaigns/77/rehearsal"))
}
