package app

import (
	"strconv"

	"fanfare/campaigns"
)

// hurry divides the times that deliveries wait and may take. Only a build can
// set it, never an operator: the crash test builds its own program with
// -ldflags "-X fanfare/app.hurry=20".
var hurry = "1"

// timing gives how long the steps of deliveries may take.
func timing() *campaigns.Timing {
	t := campaigns.DefaultTiming()
	if times, err := strconv.ParseInt(hurry, 10, 64); err == nil && times > 1 {
		t = t.Faster(times)
	}
	return &t
}
