package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
)

const demoFans = 48

// gather lets fans come, submit ideas, vote, change their mind and comment.
func (d *demo) gather(ctx context.Context) error {
	random := rand.New(rand.NewPCG(2012, 8))
	for i := range demoFans {
		var fan struct{ ID int64 }
		err := d.api.post(ctx, "/api/v1/people", map[string]any{
			"email": fmt.Sprintf("fan%d@fanfare.example", i+1), "role": "fan",
			"name": demoFanNames[i%len(demoFanNames)],
		}, &fan)
		if err != nil {
			return err
		}
		d.people.fans = append(d.people.fans, fan.ID)
	}
	for i, idea := range demoIdeas {
		if err := d.discuss(ctx, random, i, idea); err != nil {
			return err
		}
	}
	_, err := d.api.do(ctx, http.MethodPut, "/api/v1/ideas/1/status", d.people.staff[2], map[string]any{
		"status": "planned", "response": "We hear this from every traveller. It is on the list for the next model.",
	}, nil)
	return err
}

// discuss has one idea submitted, voted on and commented.
func (d *demo) discuss(ctx context.Context, random *rand.Rand, i int, idea demoIdea) error {
	var made struct{ Number, Votes int64 }
	author := d.people.fans[i%len(d.people.fans)]
	_, err := d.api.do(ctx, http.MethodPost, "/api/v1/ideas", author, map[string]any{
		"title": idea.title, "body": idea.body, "locale": idea.locale, "tags": idea.tags,
	}, &made)
	if err != nil {
		return err
	}
	d.summary.Ideas.Submitted++
	standing := map[int64]bool{author: true} // an author's own vote stands from the start
	path := fmt.Sprintf("/api/v1/ideas/%d", made.Number)
	for range 4 + random.IntN(demoFans) {
		fan := d.people.fans[random.IntN(len(d.people.fans))]
		method, stands := http.MethodPut, true
		if standing[fan] && random.IntN(8) == 0 {
			method, stands = http.MethodDelete, false
		}
		if _, err := d.api.do(ctx, method, path+"/vote", fan, nil, nil); err != nil {
			return err
		}
		standing[fan] = stands
	}
	for _, stands := range standing {
		if stands {
			d.summary.Ideas.fansVotes++
		}
	}
	for range random.IntN(3) {
		fan := d.people.fans[random.IntN(len(d.people.fans))]
		comment := map[string]any{"body": demoComments[random.IntN(len(demoComments))]}
		if _, err := d.api.do(ctx, http.MethodPost, path+"/comments", fan, comment, nil); err != nil {
			return err
		}
	}
	return nil
}
