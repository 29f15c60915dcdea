package io.github.etcdspring.sample.board;

import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Profile;
import org.springframework.core.Ordered;

/**
 * Configuration for a board that shows and edits values.
 */
@Configuration(proxyBeanMethods = false)
@Profile("consumer")
@ConditionalOnBooleanProperty("board.editing")
class BoardEditingConfiguration {

	@Bean
	FilterRegistrationBean<LoopbackHostFilter> localNameFilter() {
		FilterRegistrationBean<LoopbackHostFilter> registration = new FilterRegistrationBean<>(
				new LoopbackHostFilter());
		registration.addUrlPatterns("/board/*");
		registration.setOrder(Ordered.HIGHEST_PRECEDENCE);
		return registration;
	}

}
