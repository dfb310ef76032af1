package sandbox

import "fmt"

// setLimits reads figures by their names, and takes all or none.
func setLimits(n network, body []byte) error {
	var figures map[string]int
	if err := strictJSON(body, &figures); err != nil {
		return err
	}
	known := n.limits()
	for name, calls := range figures {
		if _, ok := known[name]; !ok || calls < 0 {
			return fmt.Errorf("there is no limit %q of %d calls", name, calls)
		}
	}
	for name, calls := range figures {
		n.setLimit(name, calls)
	}
	return nil
}
