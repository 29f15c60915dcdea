package io.github.etcdspring.test;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Objects;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.Ports.Binding;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;

/**
 * A container.
 */
final class EtcdContainerNode implements EtcdNode {

	private static final int PORT = 2379;

	private static final Duration START_TIMEOUT = Duration.ofSeconds(60);

	private final GenericContainer<?> container;

	private InetSocketAddress address;

	EtcdContainerNode(String image) {
		this.container = new GenericContainer<>(image)
			.withCommand("etcd", "--listen-client-urls=http://0.0.0.0:" + PORT,
					"--advertise-client-urls=http://0.0.0.0:" + PORT)
			.withExposedPorts(PORT)
			.waitingFor(Wait.forHttp("/health").forPort(PORT).withStartupTimeout(START_TIMEOUT));
		this.container.start();
		this.address = publishedAddress();
	}

	private DockerClient docker() {
		return this.container.getDockerClient();
	}

	@Override
	public InetSocketAddress address() {
		return this.address;
	}

	/** Testcontainers caches the port of the first start. */
	private InetSocketAddress publishedAddress() {
		Binding[] bindings = this.container.getCurrentContainerInfo()
			.getNetworkSettings()
			.getPorts()
			.getBindings()
			.get(ExposedPort.tcp(PORT));
		return new InetSocketAddress(this.container.getHost(),
				Integer.parseInt(Objects.requireNonNull(bindings)[0].getHostPortSpec()));
	}

	@Override
	public void kill() {
		docker().killContainerCmd(this.container.getContainerId()).exec();
	}

	@Override
	public void start() {
		docker().startContainerCmd(this.container.getContainerId()).exec();
		this.address = publishedAddress();
	}

	@Override
	public void freeze() {
		docker().pauseContainerCmd(this.container.getContainerId()).exec();
	}

	@Override
	public void thaw() {
		docker().unpauseContainerCmd(this.container.getContainerId()).exec();
	}

	@Override
	public void close() {
		this.container.stop();
	}

}
