package io.github.etcdspring.loadbalancer;

import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.loadbalancer.core.DelegatingServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.RetryAwareServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

class OutermostSupplierPostProcessorTests {

	private final AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();

	OutermostSupplierPostProcessorTests() {
		this.context.register(SlowStartClientConfiguration.class);
		this.context.registerBean(SlowStart.class,
				() -> new SlowStart(Duration.ofSeconds(5), System::nanoTime, () -> 0));
		this.context.registerBean("all", ServiceInstanceListSupplier.class, All::new);
	}

	@Test
	void decoratesTheOnlySupplier() {
		this.context.refresh();
		ServiceInstanceListSupplier supplier = this.context.getBean(ServiceInstanceListSupplier.class);
		assertThat(((DelegatingServiceInstanceListSupplier) supplier).getDelegate()).isInstanceOf(All.class);
		assertThat(supplier.getServiceId()).isEqualTo("orders");
	}

	@Test
	void decoratesOnlyTheSupplierThatDelegatesToAnother() {
		this.context.registerBean("retryAware", ServiceInstanceListSupplier.class,
				() -> new RetryAwareServiceInstanceListSupplier(
						this.context.getBean("all", ServiceInstanceListSupplier.class)),
				(definition) -> definition.setPrimary(true));
		this.context.refresh();
		assertThat(this.context.getBean("all")).isInstanceOf(All.class);
		assertThat(this.context.getBean(ServiceInstanceListSupplier.class))
			.isInstanceOf(SlowStartInstanceListSupplier.class);
	}

	private static final class All implements ServiceInstanceListSupplier {

		@Override
		public String getServiceId() {
			return "orders";
		}

		@Override
		public Flux<List<ServiceInstance>> get() {
			return Flux.just(List.of());
		}

	}

}
