package io.github.etcdspring.clinic.visits;

import java.util.List;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * Reads and adds visits.
 */
@RestController
class VisitController {

	private final VisitRepository visits;

	VisitController(VisitRepository visits) {
		this.visits = visits;
	}

	@GetMapping("/visits")
	List<Visit> of(@RequestParam long ownerId) {
		return this.visits.findByOwnerId(ownerId);
	}

	@PostMapping("/visits")
	Visit add(@RequestBody Visit visit) {
		return this.visits.save(visit);
	}

}
