package io.github.etcdspring.sample.grpc;

import io.github.etcdspring.sample.grpc.proto.Greeting;
import io.github.etcdspring.sample.grpc.proto.GreetingRequest;
import io.github.etcdspring.sample.grpc.proto.GreetingsGrpc;
import io.github.etcdspring.sample.grpc.proto.Visitor;
import io.github.etcdspring.sample.grpc.proto.VisitorRequest;
import io.github.etcdspring.sample.grpc.proto.VisitorsGrpc.VisitorsBlockingStub;
import io.grpc.stub.StreamObserver;

import org.springframework.cloud.client.serviceregistry.Registration;
import org.springframework.context.annotation.Profile;
import org.springframework.grpc.server.service.GrpcService;

/**
 * Greets a visitor by the name that the shop knows.
 */
@GrpcService
@Profile("provider")
class GreetingService extends GreetingsGrpc.GreetingsImplBase {

	private final Registration self;

	private final VisitorsBlockingStub visitors;

	GreetingService(Registration self, VisitorsBlockingStub visitors) {
		this.self = self;
		this.visitors = visitors;
	}

	@Override
	public void greet(GreetingRequest request, StreamObserver<Greeting> response) {
		Visitor visitor = this.visitors.find(VisitorRequest.newBuilder().setNumber(request.getVisitor()).build());
		response.onNext(Greeting.newBuilder()
			.setMessage("Hello, " + visitor.getName())
			.setInstance(String.valueOf(this.self.getInstanceId()))
			.build());
		response.onCompleted();
	}

}
