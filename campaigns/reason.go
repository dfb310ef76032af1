package campaigns

import "fanfare/connectors"

// reason is why something did not go out: the key of its translation, and the
// sentence in English.
type reason struct{ key, message string }

func toldBy(e *connectors.Error) reason { return reason{e.Key, e.Message} }

// because gives the delivery another reason.
func (d Delivery) because(why reason) Delivery {
	d.Error, d.ErrorKey = why.message, why.key
	return d
}

// why gives the delivery's reason.
func (d Delivery) why() reason { return reason{d.ErrorKey, d.Error} }

// Problem gives why the delivery did not go out, as pages translate it; without
// a Message where there is nothing to tell.
func (d Delivery) Problem() connectors.Problem {
	return connectors.Problem{Key: d.ErrorKey, Message: d.Error, Args: map[string]any{"Attempts": d.Attempts}}
}

// problemOf gives what a network said, to be translated within our own words.
func problemOf(e *connectors.Error) connectors.Problem {
	return connectors.Problem{Key: e.Key, Message: e.Message}
}
