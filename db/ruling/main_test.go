package ruling_test

import (
	"testing"

	"courant/db/dbtest/cluster"
)

func TestMain(m *testing.M) { cluster.Main(m) }
