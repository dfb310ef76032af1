package sandbox

import (
	"hash/fnv"
	"math"
	"time"
)

// What people did with a post, made up: the same for each look at an age, and
// more for an older one.

func impressions(p Post, now time.Time) int { return grown(p, now, "impressions", 40_000) }
func likes(p Post, now time.Time) int       { return grown(p, now, "likes", 1200) }
func reposts(p Post, now time.Time) int     { return grown(p, now, "reposts", 260) }
func replies(p Post, now time.Time) int     { return grown(p, now, "replies", 90) }
func quotes(p Post, now time.Time) int      { return grown(p, now, "quotes", 30) }
func bookmarks(p Post, now time.Time) int   { return grown(p, now, "bookmarks", 70) }

// grown nears its end as attention wanes, half of it within the first hours.
// The end is around most, another for each post and figure.
func grown(p Post, now time.Time, figure string, most float64) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(p.ID + figure))
	most *= 0.5 + float64(h.Sum32()%1000)/1000
	age := max(now.Sub(p.At).Hours(), 0)
	return int(most * (1 - math.Exp(-age/6)))
}
