package campaigns

import "slices"

// tellingStates are the states from the one that tells most about a post down:
// what needs a person goes before what is under way, and that before what is
// over.
var tellingStates = []State{InDoubt, Failed, Publishing, Scheduled, Expired, Published, Cancelled}

// State is the one state that tells most about a post. A post without
// deliveries counts as cancelled.
func (p Post) State() State {
	state := Cancelled
	for _, d := range p.Deliveries {
		state = moreTelling(state, d.State)
	}
	return state
}

func moreTelling(a, b State) State {
	if slices.Index(tellingStates, b) < slices.Index(tellingStates, a) {
		return b
	}
	return a
}

// postState is a state in which deliveries of a post are.
type postState struct {
	CampaignID, PostID int64
	State              State
}

// postStates gives the one state of each post; the keys' own state is empty.
func postStates(rows []postState) map[postState]State {
	states := make(map[postState]State)
	for _, row := range rows {
		key := postState{CampaignID: row.CampaignID, PostID: row.PostID}
		if state, known := states[key]; known {
			states[key] = moreTelling(state, row.State)
		} else {
			states[key] = row.State
		}
	}
	return states
}
