package orders

import "testing"

func TestCustomerHash(t *testing.T) {
	t.Parallel()
	customers, err := newCustomerHasher(testSecret)
	must(t, err)
	want := string(customers.hash("fan@example.com"))
	if len(want) != 16 || string(customers.hash(" Fan@Example.COM ")) != want {
		t.Error("one customer has two hashes")
	}
	if string(customers.hash("fan2@example.com")) == want || customers.hash("  ") != nil {
		t.Error("different customers look the same")
	}
}
