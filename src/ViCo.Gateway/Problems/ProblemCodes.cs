namespace ViCo.Gateway.Problems;

/// <summary>
/// Every code that an error of this API can have. The page <c>/problems</c> and the API's document are made from this list.
/// </summary>
internal static class ProblemCodes
{
    private static readonly ProblemKind[] _all =
    [
        new("invalid_json", "The body is not the JSON object that is wanted",
            "Mend what `errors` names: a field that is unknown, missing or of another type.", 400),
        new("invalid_field", "A value cannot be used", "Mend what `errors` names; each sentence says what was found and what is wanted.",
            400),
        new("unknown_parameter", "There is no such query parameter", "Take it away, or spell it as the list of known ones does.", 400),
        new("unknown_form_field", "The form has a field that is no photo", "Send files under the name `photos` and nothing else.", 400),
        new("no_photos", "The form holds no photo", "Send at least one file under the name `photos`.", 400),
        new("too_many_photos", "An object has too many photos", "Send fewer, or remove some of those that are there.", 400, 422),
        new("invalid_idempotency_key", "The Idempotency-Key cannot be used", "Send 1 to 128 visible ASCII characters.", 400),
        new("invalid_last_event_id", "The Last-Event-ID is no sequence number", "Send the `seq` of the last event seen, or nothing.", 400),
        new("not_supported", "ViCo does not do that", "The sentence says what it does instead.", 400),
        new("bad_request", "The request is damaged", "Send it again; if that does not help, look at what the client makes.", 400, 408),
        new("not_signed_in", "No key came with the request", "Send `Authorization: Bearer vico_…`, or sign in at `/login`.", 401),
        new("invalid_token", "The key or token is unknown, revoked or expired",
            "Ask whoever runs the tenant for a new one; sending it again does not help.", 401),
        new("invalid_key", "The key to sign in with is unknown or revoked", "Use another key.", 401),
        new("forbidden", "This key may not do that", "Use a key with the role that the route wants.", 403),
        new("tenant_suspended", "The tenant is suspended", "Ask whoever runs this server; what it stored stays.", 403),
        new("foreign_origin", "A page of another origin wrote with a cookie, or signs in", "Use a key or a token instead of the cookie.",
            403),
        new("not_found", "There is nothing at this address", "Look at `/docs` for what there is.", 404),
        new("concept_not_found", "There is no such concept", "It was deleted, or belongs to another tenant.", 404),
        new("photo_not_found", "There is no such photo", "It was removed, or belongs to another concept.", 404),
        new("run_not_found", "There is no such run", "It was deleted, or belongs to another concept.", 404),
        new("checkpoint_not_found", "There is no such checkpoint", "The concept is there: look at its runs for the checkpoints it has.",
            404),
        new("image_not_found", "There is no such picture", "It was deleted, was not drawn yet, or belongs to another tenant.", 404),
        new("webhook_not_found", "There is no such webhook", "It was removed, or belongs to another tenant.", 404),
        new("key_not_found", "There is no such key", "It never was, or belongs to another tenant.", 404),
        new("session_not_found", "There is no such session of this key", "It has ended, or was opened with another key.", 404),
        new("tenant_not_found", "There is no such tenant", "`/admin/tenants` lists those there are.", 404),
        new("receipt_not_found", "There is no receipt of such a tenant", "It was not deleted, or not all of it is yet.", 404),
        new("delivery_not_found", "There is no such message", "It was sent more than a week ago, or to another webhook.", 404),
        new("job_not_found", "There is no such job", "It was deleted, or belongs to another tenant.", 404),
        new("silo_not_found", "There is no such silo", "`/admin/silos` says which there are.", 404),
        new("model_not_found", "There is no such model",
            "`/models` says which base models the workers have, `/v1/models` which concepts are trained.", 404),
        new("tokenizer_not_found", "Nobody told how the base model reads texts", "Wait for a worker that has the model.", 404),
        new("no_preview_yet", "The job has drawn no preview yet", "Ask again after the next preview event.", 404),
        new("no_preview", "No preview was drawn at this checkpoint", "Draw a picture with the checkpoint instead.", 404),
        new("method_not_allowed", "The address does not take this method", "`Allow` says which methods it takes.", 405),
        new("not_possible_now", "That is not possible in the present state", "The sentence says what it waits for.", 409),
        new("request_in_flight", "The request that came first with this Idempotency-Key is still under way",
            "Repeat it after `Retry-After` seconds; it is done once.", 409),
        new("too_many_webhooks", "The tenant has as many webhooks as it can", "Remove one, or give each job its own.", 409),
        new("tenant_exists", "There is a tenant of this id", "Choose another id; ids are never given twice.", 409),
        new("key_exists", "There is a key of this id", "Try again: ids are drawn by chance.", 409),
        new("too_many_keys", "The tenant has as many keys as it can", "Revoke one.", 409),
        new("last_admin_key", "The key is the last one that can make keys", "Make another admin key first.", 409),
        new("concept_conflict", "The concept exists with other words", "Use a new Idempotency-Key.", 409),
        new("in_use", "A job under way needs it", "Wait for the job or cancel it.", 409),
        new("trained_already", "The concept has learned with its init words", "Make a new concept for other words.", 409),
        new("job_has_run", "The job left a run", "Delete the run, and the job goes with it.", 409),
        new("photo_conflict", "The photo cannot be added now", "Look at the concept and try again.", 409),
        new("photo_in_use", "The photo cannot be removed now", "Wait for the job that uses it.", 409),
        new("photo_of_another_object", "The photo shows another object of the concept", "Send each photo for one object.", 409),
        new("precondition_failed", "The thing is another one than `If-Match` says", "Fetch it again.", 412),
        new("too_large", "The body is too large", "The sentence says how much the address takes.", 413),
        new("photo_too_many_bytes", "A photo has too many bytes", "Send it smaller.", 413),
        new("photo_too_many_pixels", "A photo has too many pixels", "Send it smaller.", 413),
        new("uri_too_long", "The address is too long", "Send long texts in a body.", 414),
        new("unsupported_type", "The body is of a type that the address does not take", "The sentence says which Content-Type is wanted.",
            415),
        new("photo_unsupported_type", "A photo is of a type that is not read", "Send JPEG, PNG or WebP.", 415),
        new("range_not_satisfiable", "The range lies behind the end", "`Content-Range` says how long the file is.", 416),
        new("idempotency_key_reused", "The Idempotency-Key came before with another request", "Use a new key for a new request.", 422),
        new("photos_rejected", "Several photos cannot be used", "`photos` says why each of them.", 413, 415, 422),
        new("photo_too_small", "A photo is too small", "Send one whose sides are long enough.", 422),
        new("photo_damaged", "A photo cannot be read", "Open it in a program for pictures and save it again.", 422),
        new("photo_differs", "A photo is another than its address says", "Send the whole file again, under half its SHA-256.", 422),
        new("photo_empty", "A photo has no bytes", "Send the file again.", 422),
        new("photo_animated", "A photo moves", "Send one frame of it.", 422),
        new("too_many_requests", "Too many requests came", "Wait for `Retry-After` seconds.", 429),
        new("quota_exceeded", "A quota of the tenant, or of an end user of it, is used up",
            "`limit` says which, `used` and `most` how much of it, `until` when there is room again by itself.", 413, 429),
        new("headers_too_large", "The header fields are too large", "Send fewer or shorter ones.", 431),
        new("error", "Something went wrong on the server", "The log of the gateway says what, under the `traceId`.", 500),
        new("damaged", "What is stored is damaged", "Repeating does not help: tell whoever runs this server which blob the sentence names.",
            500),
        new("unavailable", "The cluster did not answer in time",
            "Repeat the request with the same Idempotency-Key after `Retry-After` seconds.", 503),
        new("storage_unavailable", "The storage does not answer",
            "Repeat the request with the same Idempotency-Key after `Retry-After` seconds.", 503),
        new("storage_full", "The storage has no room left", "Repeat the request once whoever runs this server has made room.", 507),
        new("not_ready", "Storage or grains do not answer yet", "Ask again after `Retry-After` seconds.", 503),
    ];

    private static readonly Dictionary<string, ProblemKind> _byCode = _all.ToDictionary(kind => kind.Code);

    public static IReadOnlyList<ProblemKind> All => _all;

    public static ProblemKind? Find(string code) => _byCode.GetValueOrDefault(code);

    /// <summary>Where the page tells about a code.</summary>
    public static string AddressOf(string code) => $"{ProblemPage.Path}#{code}";

    /// <summary>The code of an error that no handler put into words.</summary>
    public static string OfStatus(int status) => status switch
    {
        StatusCodes.Status400BadRequest => "bad_request",
        StatusCodes.Status401Unauthorized => "not_signed_in",
        StatusCodes.Status403Forbidden => "forbidden",
        StatusCodes.Status404NotFound => "not_found",
        StatusCodes.Status405MethodNotAllowed => "method_not_allowed",
        StatusCodes.Status408RequestTimeout => "bad_request",
        StatusCodes.Status412PreconditionFailed => "precondition_failed",
        StatusCodes.Status413PayloadTooLarge => "too_large",
        StatusCodes.Status414UriTooLong => "uri_too_long",
        StatusCodes.Status415UnsupportedMediaType => "unsupported_type",
        StatusCodes.Status416RangeNotSatisfiable => "range_not_satisfiable",
        StatusCodes.Status429TooManyRequests => "too_many_requests",
        StatusCodes.Status431RequestHeaderFieldsTooLarge => "headers_too_large",
        StatusCodes.Status503ServiceUnavailable => "unavailable",
        _ => "error",
    };
}

/// <param name="Title">What it is, the same for all errors of the code.</param>
/// <param name="Advice">What a caller does about it.</param>
/// <param name="Statuses">The HTTP statuses it comes with.</param>
internal sealed record ProblemKind(string Code, string Title, string Advice, params int[] Statuses);
