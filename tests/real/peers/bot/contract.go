package main

import (
	"encoding/json"
	"fmt"
	"os"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// What is sent, by the names of its fields.
type payload map[string]any

// A command, as far as the bot knows it.
type command struct {
	ID    string `json:"command_id"`
	Ping  *struct{ Sequence string }
	Start *struct{ Strategy string }
}

// The messages of the trading bots.
type contract struct {
	message, command protoreflect.MessageDescriptor
}

func read(descriptors string) (*contract, error) {
	bytes, err := os.ReadFile(descriptors)
	if err != nil {
		return nil, err
	}
	var set descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(bytes, &set); err != nil {
		return nil, err
	}
	files, err := protodesc.NewFiles(&set)
	if err != nil {
		return nil, err
	}
	find := func(name protoreflect.FullName) protoreflect.MessageDescriptor {
		found, err := files.FindDescriptorByName(name)
		if err != nil {
			panic(fmt.Errorf("%s: %w", name, err))
		}
		return found.(protoreflect.MessageDescriptor)
	}
	return &contract{find("trading.v1.BotMessage"), find("trading.v1.BotCommand")}, nil
}

// What a bot with this id says.
func (c *contract) encode(id string, what payload) *dynamicpb.Message {
	whole := payload{"client_id": id}
	for field, value := range what {
		whole[field] = value
	}
	text, err := json.Marshal(whole)
	if err != nil {
		panic(err)
	}
	message := dynamicpb.NewMessage(c.message)
	if err := protojson.Unmarshal(text, message); err != nil {
		panic(fmt.Errorf("%s: %w", text, err))
	}
	return message
}

func decode(message *dynamicpb.Message) (command, error) {
	var decoded command
	text, err := protojson.MarshalOptions{UseProtoNames: true, EmitUnpopulated: true}.Marshal(message)
	if err == nil {
		err = json.Unmarshal(text, &decoded)
	}
	return decoded, err
}
