package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	// The details of a job's error are read as JSON.
	_ "google.golang.org/genproto/googleapis/rpc/errdetails"
)

// method finds a public method by its name, `getJob`, or by `JobService.GetJob`.
func method(name string) (protoreflect.MethodDescriptor, error) {
	var found protoreflect.MethodDescriptor
	protoregistry.GlobalFiles.RangeFilesByPackage("depthmesh.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			for j := range service.Methods().Len() {
				method := service.Methods().Get(j)
				own := string(method.Name())
				local := strings.ToLower(own[:1]) + own[1:]
				if name == local || name == string(service.Name())+"."+own {
					found = method
				}
			}
		}
		return true
	})
	if found == nil {
		return nil, fmt.Errorf("there is no method %s", name)
	}
	return found, nil
}

// path is what gRPC calls a method.
func path(method protoreflect.MethodDescriptor) string {
	return fmt.Sprintf("/%s/%s", method.Parent().FullName(), method.Name())
}

// empty makes a message of a type.
func empty(descriptor protoreflect.MessageDescriptor) (proto.Message, error) {
	kind, err := protoregistry.GlobalTypes.FindMessageByName(descriptor.FullName())
	if err != nil {
		return nil, err
	}
	return kind.New().Interface(), nil
}

// read fills a message from its JSON form; none leaves it as it is.
func read(text json.RawMessage, into proto.Message) error {
	if len(text) == 0 {
		return nil
	}
	return protojson.Unmarshal(text, into)
}

// asJSON is a message in its JSON form.
func asJSON(message proto.Message) (json.RawMessage, error) {
	return protojson.Marshal(message)
}
