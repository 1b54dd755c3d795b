/** Requests to an org: only a success is an answer. */
import { type HttpAnswer, type HttpLimits, type HttpRequest, send } from "../../core/http.ts";
import { refusalError } from "./errors.ts";

/** As `by`, but only a success is an answer; everything else is thrown as what it means. */
export async function sendForSuccess(request: HttpRequest, limits: HttpLimits, by = send): Promise<HttpAnswer> {
  const answer = await by(request, limits);
  if (answer.status < 300) return answer;
  throw await refusedAnswer(answer, request.what);
}

export async function refusedAnswer(answer: HttpAnswer, what: string): Promise<Error> {
  return refusalError({
    status: answer.status,
    contentType: answer.headers.get("content-type") ?? "",
    body: await answer.text(),
    retryAfter: answer.headers.get("retry-after"),
    what,
  });
}
