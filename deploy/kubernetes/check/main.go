// Builds the kustomizations that it is given, and checks every object strictly: a field that its type does not have, such as a
// misspelt one, is an error.
//
//	go run . FOLDER…
package main

import (
	"fmt"
	"os"
)

func main() {
	crds, err := kedaSchemas()
	if err != nil {
		fail(err)
	}
	for _, folder := range os.Args[1:] {
		objects, err := build(folder)
		if err != nil {
			fail(err)
		}
		for _, object := range objects {
			if err := checkObject(object, crds); err != nil {
				fail(fmt.Errorf("%s: %w", folder, err))
			}
		}
		fmt.Printf("kubernetes: %s: %d objects\n", folder, len(objects))
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "kubernetes: error:", err)
	os.Exit(1)
}
