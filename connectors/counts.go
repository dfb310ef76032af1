package connectors

// MaxCounts is how many posts one call of Counts may ask for.
const MaxCounts = 100

// Counts are what a network tells of posts to everybody, by their ids there.
// Posts that are gone are missing.
type Counts struct {
	Posts  map[string]PostCounts
	Limits []Standing // as told with the answer
}

// PostCounts are one post's figures; nil where the network tells none.
type PostCounts struct {
	Impressions *int64 `json:"impressions,omitempty" doc:"How often it was shown."`
	Likes       *int64 `json:"likes,omitempty"`
	Reposts     *int64 `json:"reposts,omitempty"`
	Replies     *int64 `json:"replies,omitempty" doc:"Comments, where the network calls them so."`
	Quotes      *int64 `json:"quotes,omitempty"`
	Bookmarks   *int64 `json:"bookmarks,omitempty"`
}
