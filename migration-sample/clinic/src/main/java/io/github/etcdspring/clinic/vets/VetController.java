package io.github.etcdspring.clinic.vets;

import java.util.List;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.cloud.context.config.annotation.RefreshScope;
import org.springframework.data.domain.PageRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/**
 * Reads and adds vets.
 */
@RefreshScope
@RestController
class VetController {

	private final VetRepository vets;

	private final int pageSize;

	VetController(VetRepository vets, @Value("${vets.page-size}") int pageSize) {
		this.vets = vets;
		this.pageSize = pageSize;
	}

	@GetMapping("/vets")
	List<Vet> firstPage() {
		return this.vets.findAll(PageRequest.ofSize(this.pageSize)).getContent();
	}

	@PostMapping("/vets")
	Vet add(@RequestBody Vet vet) {
		return this.vets.save(vet);
	}

}
