package io.github.etcdspring.sample.grpc;

import io.github.etcdspring.sample.grpc.proto.Visitor;
import io.github.etcdspring.sample.grpc.proto.VisitorRequest;
import io.github.etcdspring.sample.grpc.proto.VisitorsGrpc;
import io.grpc.stub.StreamObserver;

import org.springframework.context.annotation.Profile;
import org.springframework.grpc.server.service.GrpcService;

/**
 * Tells the service {@code greeting} the name of a visitor.
 */
@GrpcService
@Profile("consumer")
class VisitorService extends VisitorsGrpc.VisitorsImplBase {

	@Override
	public void find(VisitorRequest request, StreamObserver<Visitor> response) {
		response.onNext(Visitor.newBuilder().setName("visitor " + request.getNumber()).build());
		response.onCompleted();
	}

}
